"""Reports for the staff: on time by agency and by person, what was late and why, the register. On the page, as a
workbook, as PDF.

What a figure means says `dossiers.statistics`; who may have a report says `asking`; what stands in it, as a table
of plain values that page, workbook and sheet all show, say `by_agency`, `by_person`, `lateness` and `taken_in`.
"""
