# The gates and the slower tests. tests/run runs all of `make check`.
.PHONY: check-layers check-tiers check-style check-globals check-headers check-abi check-man \
	check-conf check-golden check-schemas schemas check-client client check-vectors vectors check-lessons check-long campaign check-arm check-asan check-tsan check-valgrind corpus fuzz replay

GATES := layers tiers style globals headers abi man conf golden schemas client vectors lessons
check-gates: $(GATES:%=check-%)

LIB_FILES := $(sort $(wildcard libota/*/*.[ch]))
check-layers: $(LIB_OBJ) $(CLI_OBJ)
	$(Q)awk -f tests/gates/layers.awk libota/LAYERS $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) \
		$(filter-out libota/include/% libota/examples/%,$(LIB_FILES)) && echo ok layers

# What a device links needs the device's libraries alone: the objects of tiers F and D close over
# themselves, and a real agent links. An unresolved symbol is host code on the device.
DEVICE_SRC := $(filter-out $(HOSTFILES:%=libota/%.c),$(call src,$(TIER_F) $(TIER_D)))
$(B)/closure.so: $(DEVICE_SRC:%.c=$(B)/%.o)
	$(Q)$(CC) -shared -Wl,-z,defs $(filter-out -pie,$(LF)) -o $@ $^ $(LIBS_D)
$(B)/example-%: $(B)/libota/examples/%.o $(B)/libota.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D)
check-tiers: $(B)/closure.so $(B)/example-agent $(B)/example-verify
	@echo ok tiers
-include $(B)/libota/examples/agent.d $(B)/libota/examples/verify.d

check-style:
	$(Q)tests/gates/style.sh
check-lessons:
	$(Q)tests/gates/lessons.sh
check-globals: $(LIB_OBJ)
	$(Q)tests/gates/globals.sh $(LIB_OBJ)
check-headers:
	$(Q)CC='$(CC)' tests/gates/headers.sh
check-abi: $(B)/$(SONAME)
	$(Q)tests/gates/abi.sh $(B)/$(SONAME)
check-man check-conf check-golden: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/gates/$(@:check-%=%).sh

# The JSON Schemas are written from the tables: `make schemas` after a change of a table.
$(B)/schemas: tests/gates/schemas.c $(B)/libota_raw.a
	@mkdir -p $(@D)
	$(Q)$(CC) -Ilibota -Ilibota/include $(CF) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
schemas: $(B)/schemas
	$(Q)mkdir -p formats/schemas && $(B)/schemas formats/schemas
check-schemas: $(B)/schemas
	$(Q)rm -rf $(B)/fresh-schemas && mkdir $(B)/fresh-schemas && $(B)/schemas $(B)/fresh-schemas && \
		diff -r formats/schemas $(B)/fresh-schemas && echo ok schemas

# The client's diagram in the manual is written from its table: `make client` after a change of it.
$(B)/client: tests/gates/client.c $(B)/libota_raw.a
	@mkdir -p $(@D)
	$(Q)$(CC) -Ilibota -Ilibota/include $(CF) $(LF) -o $@ $^
client: $(B)/client
	$(Q)tests/gates/client.sh $< --update
check-client: $(B)/client
	$(Q)tests/gates/client.sh $<

# The vectors are rows of tests/forge: `make vectors` after a change of either.
$(B)/vectors: $(B)/tests/gates/vectors.o $(FORGE_SRC:%.c=$(B)/%.o) $(B)/libota_raw.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
vectors: $(B)/vectors
	$(Q)formats/vectors/make.sh $(B)/vectors formats/vectors
check-vectors: $(B)/vectors $(B)/otatool
	$(Q)B=$(B) OTATOOL=$(CURDIR)/$(B)/otatool tests/gates/vectors.sh
-include $(B)/tests/gates/vectors.d

# ---- helpers of the tests ----
$(B)/interpose.so: tests/inject/interpose.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -o $@ $<
$(B)/judge: $(B)/tests/interop/judge.o $(B)/libota_raw.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
-include $(B)/tests/interop/judge.d
$(B)/cross: $(B)/tests/interop/cross.o $(B)/libota_raw.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
-include $(B)/tests/interop/cross.d
$(B)/measure: tests/bench/measure.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -o $@ $<
$(B)/pairs: $(B)/tests/interop/pairs.o $(B)/libota.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
-include $(B)/tests/interop/pairs.d
corpus:
	$(Q)tests/corpora/fetch.sh

# The same tests under sanitizers: unit tests in one process, the binary on the shell tests.
check-asan:
	$(Q)$(MAKE) BUILD=asan B=build/asan all build/asan/unit build/asan/example-agent
	$(Q)SAMPLE=yes BUILD=asan B=build/asan OTATOOL=$(CURDIR)/build/asan/otatool tests/run unit cli
# Pairs by the ten thousand through the programs of other people: hours.
PAIRS ?= 10000
check-long: $(B)/otatool $(B)/pairs
	$(Q)B=$(B) OTATOOL=$(CURDIR)/$(B)/otatool PAIRS=$(PAIRS) bats tests/interop/codecs.bats
# The applier on Cortex-M: built, measured, and run under qemu-system-arm.
check-arm: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/arm/arm.sh
# All flash maps with CASES of each sampled kind, and a thousand kills of the real process: an hour.
CASES ?= 4000
campaign: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/sim/campaign.sh 1 $(CASES)
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/sim/kill.sh 1000
check-tsan:
	$(Q)$(MAKE) BUILD=tsan B=build/tsan all unit UNIT_ARGS=
check-valgrind: $(B)/otatool
	$(Q)B=$(B) OTATOOL=$(CURDIR)/$(B)/otatool tests/gates/valgrind.sh

# ---- fuzzing: `make fuzz FUZZ_SECONDS=60`; `make replay` runs the seeds through gcc's build ----
FUZZ_SECONDS ?= 10
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/fuzz/seeds.sh build/seeds
	$(Q)$(MAKE) CC=clang BUILD=fuzz B=build/fuzz $(FUZZERS:%=build/fuzz/fuzz_%)
	$(Q)for f in $(FUZZERS); do mkdir -p build/corpora/$$f && echo "fuzz $$f" && \
		build/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=0 -verbosity=0 build/corpora/$$f build/seeds/$$f || exit 1; done
ifeq ($(BUILD),fuzz)
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libota_raw.a
	$(Q)$(CC) $(LF) -fsanitize=fuzzer -o $@ $^ $(LIBS_D) $(LIBS_H)
else
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/alone.o $(B)/libota_raw.a
	$(Q)$(CC) $(LF) -o $@ $^ $(LIBS_D) $(LIBS_H)
endif
-include $(FUZZERS:%=$(B)/tests/fuzz/fuzz_%.d) $(B)/tests/fuzz/alone.d
fuzzers: $(FUZZERS:%=$(B)/fuzz_%)
.PHONY: fuzzers check-gates
.SECONDARY: $(FUZZERS:%=$(B)/tests/fuzz/fuzz_%.o) $(B)/tests/fuzz/alone.o

# ---- the demo ----
demo: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/demo.sh $(OLD) $(NEW)
