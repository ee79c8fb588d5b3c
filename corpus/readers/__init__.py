"""Readers: the bytes of a page, feed, sitemap, PDF or DOCX made into text and metadata."""
