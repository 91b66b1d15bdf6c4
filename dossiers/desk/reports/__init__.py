"""Registers and reports for the staff, on the page, as a workbook and as PDF.

What a figure means says `dossiers.statistics`; who may have a report says `query`; what stands in it, as a table
of plain values that page, workbook and PDF all show, says `tables`.
"""
