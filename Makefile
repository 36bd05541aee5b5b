# Every command installs what it needs first; see README.md.
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset sandbox stop install test lint format contract mutants bench bench-doc bench-scale faults

# Variables given to make reach the commands as environment variables.
PROVISION := @exec python3 dev/provision

help:
	@echo "make demo         Odoo with the addon and a GHL sandbox  [PORT= CONTACTS= LOCATIONS=]"
	@echo "make demo-reset   forget the state of the demo"
	@echo "make sandbox      the GHL sandbox alone  [PORT= CONTACTS= LOCATIONS=]"
	@echo "make test         every suite  [ONLY=tools|odoo|frontend|e2e TESTS=]"
	@echo "make lint         linters, types, and whether what is generated is up to date"
	@echo "make format       format the Python code"
	@echo "make contract     the page's types and validators, from the API's document"
	@echo "make bench        measure against other ways to fill a mirror"
	@echo "make bench-doc    write docs/benchmarks.md from the last measurement"
	@echo "make bench-scale  many locations due at once  [LOCATIONS= CONTACTS= PROCESSES= KILL=]"
	@echo "make mutants      whether tests notice changes  WING=tools/… TESTS=rate_limit/…"
	@echo "make faults       random faults against a live stack  [RUNS= SEED=]"
	@echo "make install      install everything that these commands need"
	@echo "make stop         stop what runs in the background"
	@echo "dev/odoo ...      Odoo with any arguments, e.g. dev/odoo shell -d demo"

demo demo-reset sandbox stop install test lint format contract mutants bench bench-doc bench-scale faults:
	$(PROVISION) $@
