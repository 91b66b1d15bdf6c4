"""The fault table of online filing: one who files over plain HTTP, with neither cookie nor script, while parts of the
portal break. What a page had taken must stand there, and one draft must become one dossier."""
