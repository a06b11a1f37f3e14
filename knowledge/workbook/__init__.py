"""The knowledge base as an Excel workbook, and back: one sheet a table, laid out in data/sheets.toml."""
