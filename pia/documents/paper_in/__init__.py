"""Documents out of Word files, PDFs and pages of HTML: what they carry inside, and what they say."""
