# m-SKP · SIMPEG. `make up` runs the product, `make test` proves it. See README.md.
PYTHON  ?= python3
PORT    ?= 8000
PEGAWAI ?= 300
SEED    ?= 2025
PY       = .venv/bin/python
export PORT

.PHONY: up down setup test check fix bench pictures lock openapi clean

up: ## set up and run everything on http://localhost:$(PORT)
	@$(PYTHON) tools/setup.py
	@exec $(PY) manage.py up --port $(PORT) --pegawai $(PEGAWAI) --seed $(SEED)

down: ## stop the bundled servers that other commands left running
	@$(PY) manage.py down

setup: ## environment in .venv, front-end bundles, development tools
	@$(PYTHON) tools/setup.py --dev

test: ## every test, browser included
	@$(PYTHON) tools/setup.py --dev --browser
	@DB_PREPARED=1 $(PY) -m pytest -n 2 --dist loadgroup

check: setup ## what CI runs before the tests
	@$(PY) tools/check.py

fix: setup ## format and mend what a machine can mend
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .
	@.venv/bin/djlint backend/web/templates --reformat --quiet ; true

bench: setup ## figures and ratios in one run: a table and .data/bench.json
	@$(PY) manage.py bench

pictures: ## pictures of the real pages for README and docs/panduan: docs/gambar/
	@$(PYTHON) tools/setup.py --dev --browser
	@$(PY) tools/pictures.py

openapi: setup ## write openapi.yml anew
	@$(PY) manage.py spectacular --file openapi.yml --validate --fail-on-warn

lock: ## solve the dependencies anew
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q -o requirements-dev.lock

clean: ## remove the environment, the bundles and the demo data
	-@$(PY) manage.py down
	rm -rf .venv .tools .data frontend/node_modules backend/web/static/web/dist
