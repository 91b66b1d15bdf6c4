"""What a province shows everybody of its work: the page `/minh-bach/`, and the same numbers as JSON and CSV.

`report` puts together what was counted beforehand (`dossiers.statistics`), `disclosure` says what of it may be
told, `open_data` writes it for machines and spreadsheets, `words` and `pictures` for readers. Nobody is named,
neither who filed nor who decided.
"""
