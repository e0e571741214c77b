"""The records office: personal words, erasing, retention, 開示請求."""
