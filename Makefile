# The project's commands. `make run` and `make test` need nothing prepared; see README.md.
PORT ?= 8000
ONLY ?=
.PHONY: run test fast bench full gallery
SHELL := /bin/bash

run:    ## set up, load the demo, serve on 127.0.0.1:$(PORT)
	@exec bin/run $(PORT)

test:   ## set up and run every tier; ends with "N passed, N failed"
	@bin/setup test
	@exec bin/test

fast:   ## the quick tiers: rules and architecture
	@bin/setup test
	@exec .venv/bin/python -m pytest -q -n 2 tests/rules tests/architecture

bench:  ## benchmarks, JSON lines and a table; ONLY=name picks one
	@bin/setup test
	@exec .venv/bin/python benchmarks/run.py $(ONLY)

full:   ## the production profile on this machine: PostgreSQL, Redis, Celery, 2 web processes
	@bin/setup full
	@exec .venv/bin/python bin/full --port $(PORT)

gallery: ## screenshots of the pages into var/gallery
	@bin/setup test
	@exec .venv/bin/python tests/browser/gallery.py
