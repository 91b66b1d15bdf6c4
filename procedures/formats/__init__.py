"""The file formats a catalogue can be read from; `detect.py` chooses, `base.py` says what comes out."""
