# Needs .venv, made by the README's test line. `make lock` also needs uv on the PATH.
.PHONY: check test lint demo lock sbom secrets audit

BIN := .venv/bin

check: lint test

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test:
	$(BIN)/python -m pytest -n 2

demo:
	$(BIN)/receipts demo

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet

lock:
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraints requirements.txt --output-file requirements-dev.txt

# A bill of materials of what is locked, in CycloneDX; needs cyclonedx-bom.
sbom:
	$(BIN)/cyclonedx-py requirements requirements.txt --output-format JSON -o sbom.json

# No key or token in any tracked file but models, pictures and data sets; needs detect-secrets.
# Entropy and words alone tell too little.
secrets:
	git ls-files -z | grep -zvE '\.(onnx|png|jsonl)$$' | xargs -0 $(BIN)/detect-secrets-hook \
		--disable-plugin HexHighEntropyString --disable-plugin Base64HighEntropyString \
		--disable-plugin KeywordDetector --disable-plugin BasicAuthDetector

# Known faults of what is locked; needs pip-audit and the network. What cannot be looked up fails.
audit:
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement requirements.txt
