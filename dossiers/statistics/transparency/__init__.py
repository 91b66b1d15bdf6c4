"""Published figures: the page `/minh-bach/`, open data, disclosure control.

`report` puts together what was counted beforehand (`dossiers.statistics`), `disclosure_control` says what of it may be
told, `open_data` writes it for machines and spreadsheets, `wording` and `chart_data` for readers. No person is named,
neither who filed nor who decided.
"""
