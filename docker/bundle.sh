#!/bin/sh
# What a data centre without internet needs, in one file: code, collected static files, every wheel with its hash,
# and an installer that asks nobody. Called by `make bundle` with the Python of the environment; the wheels are for
# machines of this kind (system, processor, version of Python), which the installer checks.
set -eu
python="$1"
version="$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')"
name="mot-cua-$version"
folder="dist/$name"
rm -rf "$folder"
mkdir -p "$folder/wheels"

echo "Tải các gói đã khóa…"
"$python" -m venv dist/.pip
for list in production backup; do
	dist/.pip/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
		--only-binary :all: --dest "$folder/wheels" --requirement "requirements/$list.txt"
done
rm -rf dist/.pip

echo "Chép mã và dựng tệp tĩnh…"
git archive HEAD portal dossiers messaging procedures tenants templates locale provinces docs docker \
	deploy requirements/production.txt requirements/backup.txt manage.py pyproject.toml LICENSE THIRD_PARTY.md \
	CHANGELOG.md README.md README.vi.md CONTRIBUTING.md SECURITY.md | tar -x -C "$folder"
PYTHONDONTWRITEBYTECODE=1 "$python" "$folder/manage.py" collectstatic --noinput --verbosity 0
cp docker/install-offline.sh "$folder/install.sh"
"$python" -c 'import platform as p; print(p.system(), p.machine(), *p.python_version_tuple()[:2])' >"$folder/MADE_FOR"

(cd "$folder" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS)
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
	-czf "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "dist/$name.tar.gz"
