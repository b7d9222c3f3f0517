"""Pages of the servicing.

loans, reconciliation, exports   what people look at and do
files, papers                    PDFs
report_page, reports, charts     tables and charts, also as files
"""
