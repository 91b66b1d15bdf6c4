#!/bin/sh
# Make this folder of code ready to run: its packages, by their hashes, and its static files. For a machine with
# internet; a bundle brings both along and has install.sh. Changes nothing outside of this folder.
set -eu
umask 022
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || {
	echo "Cần Python 3.12 trở lên; chọn bằng PYTHON=…" >&2
	exit 1
}
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	--requirement "${REQUIREMENTS:-requirements/production.txt}"
# The values are for this command alone: it reads the settings and connects to nothing.
SECRET_KEY=x FIELD_KEYS=x INDEX_KEYS=x DATABASE_URL=postgresql://x@127.0.0.1:9/x REDIS_URL=redis://127.0.0.1:9/0 \
	.venv/bin/python manage.py collectstatic --noinput --verbosity 0
echo "Xong: $PWD"
