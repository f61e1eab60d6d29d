# otatool: one non-recursive Makefile. `make help` lists the targets.
BUILD ?= release
B ?= build/$(BUILD)
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif

VERSION := $(shell sed -n 's/^\#define OTA_VERSION "\(.*\)"/\1/p' libota/include/ota/ota.h)
SONAME := libota.so.0

# ---- what is built, by tier (libota/LAYERS is the law) ----
LIB_TIERS ?= F D H
TIER_F := otad
TIER_D := base crypto codec doc model trust patch package device
TIER_H := sign diff pack sim
HOSTFILES := crypto/pair crypto/p11_token crypto/p11_key crypto/ossl_pem crypto/ossl_work crypto/ossl_pair crypto/ossl_secret doc/yaml_read doc/yaml_write doc/schema_diff doc/schema_export model/source_fields
ONLY ?= $(foreach t,$(LIB_TIERS),$(TIER_$(t)))

src = $(sort $(wildcard $(1:%=libota/%/*.c)))
LIB_SRC := $(call src,$(ONLY))
LIB_SRC := $(if $(filter H,$(LIB_TIERS)),$(LIB_SRC),$(filter-out $(HOSTFILES:%=libota/%.c),$(LIB_SRC)))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
CLI_SRC := $(sort $(wildcard cli/*.c cli/verbs/*.c))
CLI_OBJ := $(CLI_SRC:%.c=$(B)/%.o)
UNIT_SRC := $(sort $(wildcard $(ONLY:%=tests/unit/%/*.c)))
FORGE_SRC := $(if $(filter package,$(ONLY)),$(sort $(wildcard tests/forge/*.c)))
UNIT_OBJ := $(UNIT_SRC:%.c=$(B)/%.o) $(FORGE_SRC:%.c=$(B)/%.o) $(B)/tests/unit/main.o

# ---- libraries: device ones, and what only a packing host needs ----
LIBS_D := -lsodium -lcrypto -llzma -lzstd -lbz2 -lz -pthread
LIBS_H := -ldivsufsort -ldivsufsort64 -lyaml -lp11-kit
LIBS_CLI := -lcjson
P11_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags p11-kit-1))

# ---- flags ----
WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Wpointer-arith -Wwrite-strings
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPT_release := -O2 -g $(HARDEN)
OPT_debug := -O0 -g3
OPT_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fsanitize=thread
OPT_cov := -O0 -g --coverage
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LD_release := -pie -Wl,-z,relro,-z,now
LD_asan := -fsanitize=address,undefined
LD_tsan := -fsanitize=thread
LD_cov := --coverage
LD_fuzz := -fsanitize=address,undefined
CF := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(WARN) $(OPT_$(BUILD)) \
	-fvisibility=hidden -ffile-prefix-map=$(CURDIR)/= $(CFLAGS)
LF := $(LD_$(BUILD)) $(LDFLAGS)
pic = $(if $(filter libota/%,$<),-fPIC)$(if $(filter tests/unit/%,$<),-Wno-missing-prototypes)
# otad runs where there is no library; its stack is small, which gcc can tell.
STACK := $(if $(filter release,$(BUILD)),$(if $(findstring clang,$(CC)),,-Wstack-usage=512))
free = $(if $(filter libota/otad/%,$<),-ffreestanding $(STACK))
inc = $(if $(filter libota/examples/%,$<),-Ilibota/include,$(if $(filter libota/%,$<),-Ilibota \
	-Ilibota/include $(if $(filter libota/crypto/p11_%,$<),$(P11_CFLAGS)),$(if $(filter cli/%,$<),-Icli -Ilibota/include,-Ilibota -Ilibota/include -Itests -Itests/unit)))

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@echo "  $(1)	$(@:$(B)/%=%)")

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all lib cli man completions unit lib-objs cli-objs setup demo check bench install uninstall \
	dist clean help FORCE

all: lib cli completions

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make                 build otatool, libota.so, libota.a into build/release
## make setup           install what is missing (Debian, Ubuntu); elsewhere print the list
## make setup demo      the main job, end to end, on a built-in sample (OLD=a.img NEW=b.img: yours)
## make setup check     everything the tests cover, some five minutes
## make check-long PAIRS=10000   generated pairs both ways with bsdiff, xdelta3 and zstd
## make check-arm       the applier of otad on Cortex-M, under qemu-system-arm (.ci/setup arm)
## make campaign CASES=4000   the rehearsal on 96 flash maps, and a thousand kills
## make bench           sizes and speeds against the peers
## make bench-delta     patch sizes against bsdiff, xdelta3 and zstd
## make install         DESTDIR=, PREFIX=/usr/local; uninstall takes it away again
## make dist            the release archive (git archive, bit for bit)

# A change of compiler or flags rebuilds everything.
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(CF) $(LF) $(ONLY)' | cmp -s - $@ || printf '%s\n' '$(CC) $(CF) $(LF) $(ONLY)' >$@

$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(inc) $(CF) $(pic) $(free) -MMD -MP -c -o $@ $<

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(UNIT_OBJ:.o=.d)

# ---- the library ----
lib: $(B)/libota.a $(B)/$(SONAME)
lib-objs: $(LIB_OBJ)
cli-objs: $(CLI_OBJ)

# Unit tests and fuzzers link the archive with the internal names as they are.
$(B)/libota_raw.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && ar rcD $@ $(LIB_OBJ)

# What others link: internal names become ota_priv_*, so they clash with nobody's.
$(B)/libota.a: $(B)/libota_raw.a
	$(call say,AR)
	$(Q)nm -g --defined-only $< | awk 'NF==3 && $$3 !~ /^ota_/ {print $$3, "ota_priv_" $$3}' | sort -u >$@.names
	$(Q)objcopy -D --redefine-syms=$@.names $< $@

$(B)/$(SONAME): $(LIB_OBJ) libota/libota.map
	$(call say,LD)
	$(Q)$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=libota/libota.map -Wl,-z,defs \
		$(filter-out -pie,$(LF)) -o $@ $(LIB_OBJ) $(LIBS_D) $(LIBS_H)
	$(Q)ln -sf $(SONAME) $(B)/libota.so

# ---- the program ----
cli: $(B)/otatool

$(B)/otatool: $(CLI_OBJ) $(B)/libota.a
	$(call say,LD)
	$(Q)$(CC) $(LF) -o $@ $(CLI_OBJ) $(B)/libota.a $(LIBS_D) $(LIBS_H) $(LIBS_CLI)

completions: $(B)/completions/otatool.bash $(B)/completions/_otatool $(B)/completions/otatool.fish
$(B)/completions/otatool.bash: shell := bash
$(B)/completions/_otatool: shell := zsh
$(B)/completions/otatool.fish: shell := fish
$(B)/completions/%: $(B)/otatool
	@mkdir -p $(@D)
	$(Q)$(B)/otatool completion $(shell) >$@

# ---- tests ----
unit: $(B)/unit
	$(Q)CK_FORK=$(if $(filter asan tsan,$(BUILD)),no,yes) $(B)/unit $(UNIT_ARGS)

$(B)/tests/unit/cases.inc: $(UNIT_SRC)
	@mkdir -p $(@D)
	$(Q)for f in $(filter-out %rig.c,$(UNIT_SRC)); do n=$${f##*/test_}; echo "CASE($${n%.c})"; done >$@
$(B)/tests/unit/main.o: tests/unit/main.c $(B)/tests/unit/cases.inc
$(B)/tests/unit/main.o: inc = -Ilibota -Ilibota/include -Itests/unit -I$(B)/tests/unit

$(B)/unit: $(UNIT_OBJ) $(B)/libota_raw.a
	$(call say,LD)
	$(Q)$(CC) $(LF) -o $@ $(UNIT_OBJ) $(B)/libota_raw.a $(LIBS_D) $(LIBS_H) $(LIBS_CLI) \
		$$(pkg-config --libs check)

-include tests/tests.mk tests/bench.mk

check: all $(B)/unit $(B)/judge $(B)/cross $(B)/pairs $(B)/example-agent
	$(Q)B=$(B) OTATOOL=$(CURDIR)/$(B)/otatool tests/run

# ---- set up, install, release ----
setup:
	$(Q).ci/setup

bindir = $(DESTDIR)$(PREFIX)/bin
libdir = $(DESTDIR)$(PREFIX)/lib
incdir = $(DESTDIR)$(PREFIX)/include/ota
sharedir = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = bash-completion/completions/otatool zsh/site-functions/_otatool \
	fish/vendor_completions.d/otatool.fish

install: all
	install -d $(bindir) $(libdir)/pkgconfig $(incdir) $(foreach n,1 5 7,$(sharedir)/man/man$(n)) \
		$(dir $(COMPLETIONS:%=$(sharedir)/%))
	install -m 755 $(B)/otatool $(bindir)/
	install -m 755 $(B)/$(SONAME) $(libdir)/libota.so.$(VERSION)
	ln -sf libota.so.$(VERSION) $(libdir)/$(SONAME)
	ln -sf $(SONAME) $(libdir)/libota.so
	install -m 644 $(B)/libota.a $(libdir)/
	sed -e 's|@PREFIX@|$(PREFIX)|;s|@VERSION@|$(VERSION)|' libota/libota.pc.in >$(libdir)/pkgconfig/libota.pc
	chmod 644 $(libdir)/pkgconfig/libota.pc
	install -m 644 libota/include/ota/*.h $(incdir)/
	install -m 644 $(sort $(wildcard man/*.1)) $(sharedir)/man/man1/
	install -m 644 $(sort $(wildcard man/*.5)) $(sharedir)/man/man5/
	install -m 644 $(sort $(wildcard man/*.7)) $(sharedir)/man/man7/
	install -m 644 $(B)/completions/otatool.bash $(sharedir)/bash-completion/completions/otatool
	install -m 644 $(B)/completions/_otatool $(sharedir)/zsh/site-functions/_otatool
	install -m 644 $(B)/completions/otatool.fish $(sharedir)/fish/vendor_completions.d/otatool.fish

uninstall:
	rm -f $(bindir)/otatool $(libdir)/libota.so $(libdir)/$(SONAME) $(libdir)/libota.so.$(VERSION) \
		$(libdir)/libota.a $(libdir)/pkgconfig/libota.pc $(COMPLETIONS:%=$(sharedir)/%) \
		$(patsubst man/%,$(sharedir)/man/man1/%,$(wildcard man/*.1)) \
		$(patsubst man/%,$(sharedir)/man/man5/%,$(wildcard man/*.5)) \
		$(patsubst man/%,$(sharedir)/man/man7/%,$(wildcard man/*.7))
	rm -rf $(incdir)

dist:
	@mkdir -p build
	git archive --format=tar --prefix=otatool-$(VERSION)/ HEAD | xz -6 -T1 >build/otatool-$(VERSION).tar.xz
	@echo build/otatool-$(VERSION).tar.xz

clean:
	rm -rf build
