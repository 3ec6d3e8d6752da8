# The C# wrapper, its tests and examples: compiled by mcs, run by Mono.

CS_SOURCES := $(wildcard bindings/csharp/src/*.cs bindings/csharp/src/*/*.cs)
CS_UNITY := bindings/csharp/unity
CS_TESTS := $(wildcard bindings/csharp/tests/*.cs bindings/csharp/tests/unity/*.cs)
CS_EXAMPLES := $(patsubst examples/csharp/%.cs,target/examples/csharp/%,$(wildcard examples/csharp/*.cs))
# The oldest C# that Unity's and .NET's compilers of today are asked for, too.
MCS = mcs -langversion:6 -warn:4 -warnaserror
# What is run lies in target/mono. Mono follows links and looks for the library beside the assembly itself.
CS_LINKED := target/mono/Glyxel.dll target/csharp/libglyxel.so
CS_NEEDS := --needs mcs=mono-mcs --needs mono=mono-runtime
RUN_MONO := OMP_WAIT_POLICY=passive mono --debug

## test-csharp: the C# wrapper and the Unity package's code, on Mono
test-csharp: $(LIB) $(VECTORS) $(MINILM) $(LITE0) $(CATS)
	scripts/suite csharp $(CS_NEEDS) -- $(MAKE) --no-print-directory -o $(LIB) run-csharp

run-csharp: target/mono/Tests.exe
	@$(RUN_MONO) $<

# The loads are those of tests/fixtures, so that there are many.
soak: soak-csharp
soak-csharp: $(LIB)
	scripts/suite csharp-soak $(CS_NEEDS) -- $(MAKE) --no-print-directory -o $(LIB) run-csharp-soak

run-csharp-soak: target/mono/Tests.exe
	@$(RUN_MONO) $< --soak

## csharp: target/csharp/Glyxel.dll, and beside it a link to the library
csharp: target/csharp/Glyxel.dll target/csharp/libglyxel.so

# As it ships: the same source makes the same bytes, which mcs alone does not see to.
target/csharp/Glyxel.dll: $(CS_SOURCES) scripts/settle_assembly
	@mkdir -p $(@D)
	$(MCS) -unsafe -optimize -target:library -out:$@ -doc:$(@:.dll=.xml) $(CS_SOURCES)
	scripts/settle_assembly $@

target/mono/Glyxel.dll: target/csharp/Glyxel.dll
	@mkdir -p $(@D)
	@ln -sf ../csharp/Glyxel.dll $@

target/csharp/libglyxel.so: $(LIB)
	@mkdir -p $(@D)
	@ln -sf ../release/libglyxel.so $@

# Stand-ins for Unity's API, for its code in our tests.
target/mono/UnityStubs.dll: $(wildcard bindings/csharp/tests/UnityStubs/*.cs)
	@mkdir -p $(@D)
	$(MCS) -unsafe -target:library -out:$@ $^

target/mono/GlyxelUnity.dll: $(wildcard $(CS_UNITY)/Runtime/*.cs $(CS_UNITY)/Editor/*.cs) target/mono/UnityStubs.dll $(CS_LINKED)
	$(MCS) -unsafe -debug -target:library -define:UNITY_EDITOR -out:$@ -doc:$(@:.dll=.xml) -r:target/mono/UnityStubs.dll \
	  -r:target/mono/Glyxel.dll $(filter %.cs,$^)

target/mono/FindObject.dll: $(wildcard $(CS_UNITY)/Samples~/FindObject/*.cs) target/mono/GlyxelUnity.dll
	$(MCS) -debug -target:library -out:$@ -r:target/mono/UnityStubs.dll -r:target/mono/Glyxel.dll -r:target/mono/GlyxelUnity.dll $(filter %.cs,$^)

target/mono/liblog_sink.so: bindings/csharp/tests/log_sink.c include/glyxel.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 -Wall -Wextra -Werror -Iinclude -shared -fPIC $< -o $@

target/mono/Tests.exe: $(CS_TESTS) target/mono/liblog_sink.so target/mono/GlyxelUnity.dll target/mono/FindObject.dll $(CS_LINKED)
	$(MCS) -unsafe -debug -out:$@ $(addprefix -r:target/mono/,Glyxel.dll UnityStubs.dll GlyxelUnity.dll FindObject.dll) $(CS_TESTS)

# Where Mono is missing, test-csharp says so; the other languages' examples are run, and packages have no assembly in them.
ifneq ($(and $(shell command -v mcs),$(shell command -v mono)),)
EXAMPLE_LANGUAGES += csharp
EXAMPLES_BUILT += $(CS_EXAMPLES)
dist: target/csharp/Glyxel.dll
endif

## test-csharp-packages: the NuGet layout and the Unity package, unpacked, with no environment variable set
test-csharp-packages: dist target/packages/minilm.pt
	scripts/suite csharp-packages $(CS_NEEDS) -- tests/packages/csharp.py

target/examples/csharp/%: examples/csharp/%.cs $(CS_LINKED)
	@mkdir -p $(@D)
	$(MCS) -debug -out:target/mono/$*.exe -r:target/mono/Glyxel.dll $<
	@printf '#!/bin/sh\nexec mono --debug "$$(dirname "$$0")/../../mono/$*.exe" "$$@"\n' > $@
	@chmod +x $@

SUITES += test-csharp test-csharp-packages
.PHONY: csharp test-csharp test-csharp-packages run-csharp soak-csharp run-csharp-soak
