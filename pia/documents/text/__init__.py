"""Documents as JSON, Markdown, HTML and pages."""
