"""The operators' pages at /van-hanh/: how the provinces stand, what waits for whom, who did what.

They tell numbers and names of provinces. No page here opens a dossier, and the login they run under could not.
"""
