# Sizes and speeds against the peers, from one run.
bench: $(B)/otatool $(B)/measure
	$(Q)B=$(CURDIR)/$(B) OTATOOL=$(CURDIR)/$(B)/otatool tests/bench/bench.sh

# Patches alone, over the firmware and the kernels of build/corpus.
.PHONY: bench-delta
bench-delta: $(B)/otatool
	$(Q)OTATOOL=$(CURDIR)/$(B)/otatool tests/bench/delta.sh
