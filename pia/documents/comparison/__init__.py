"""新旧対照表 and lists of changes as text and workbook."""
