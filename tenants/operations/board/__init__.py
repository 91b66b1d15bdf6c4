"""The operators' pages at /van-hanh/.

They show numbers and names of provinces. No page here opens a dossier, and the login they run under could not.
"""
