"""Blank forms (tờ khai): what papers name, the sheet that the province offers of it, and its pages."""
