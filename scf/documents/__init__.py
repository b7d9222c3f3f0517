"""Files and PDFs: figures in, identical bytes out; stored with their hash."""
