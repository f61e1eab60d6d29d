# Sizes and speeds against the peers, from one run.
bench: $(B)/otatool $(B)/measure
	$(Q)B=$(CURDIR)/$(B) OTATOOL=$(CURDIR)/$(B)/otatool tests/bench/bench.sh
