"""Documents out of Word files, PDFs and pages of HTML."""
