# What programs that are out there rely on.

## test-abi: the header against the committed dump of its types, and programs of the first header with today's library
test-abi: $(LIB)
	scripts/suite abi --needs abidiff=abigail-tools -- tests/abi/changes.sh

SUITES += test-abi
.PHONY: test-abi
