#!/bin/sh
# Install the portal from this folder, which `make bundle` made, on a machine without internet:
#   sha256sum --check mot-cua-….tar.gz.sha256 && tar xzf mot-cua-….tar.gz && cd mot-cua-… && sh install.sh
# Makes .venv here. Settings and the next steps: docs/van-hanh/cai-dat.md.
set -eu
# The portal's account reads what is made here.
umask 022
cd "$(dirname "$0")"
python="${PYTHON:-python3}"
sha256sum --check --quiet SHA256SUMS || { echo "Gói này đã hỏng hoặc bị sửa; hãy chép lại." >&2; exit 1; }
here="$("$python" -c 'import platform as p; print(p.system(), p.machine(), *p.python_version_tuple()[:2])')"
if [ "$here" != "$(cat MADE_FOR)" ]; then
	echo "Gói này dựng cho $(cat MADE_FOR), máy này là $here. Chọn Python khác bằng PYTHON=…" >&2
	exit 1
fi
"$python" -m venv .venv
for list in production backup; do
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels --no-deps \
		--require-hashes --requirement "requirements/$list.txt"
done
echo "Đã cài vào $PWD/.venv. Tiếp theo: docs/van-hanh/cai-dat.md"
