# SPDX-License-Identifier: GPL-2.0-or-later
# One Makefile, no recursion; all output is under build/. `make help` lists the targets.

VERSION := 0.1.0
B       := build

PREFIX  ?= /usr/local
DESTDIR ?=
BINDIR  ?= /opt/cni/bin
SHAREDIR   ?= $(PREFIX)/share
COMPLETION := $(SHAREDIR)/bash-completion/completions/ipvlan
KDIR    ?= /lib/modules/$(shell uname -r)/build

CC       ?= gcc
CSTD     := -std=gnu11 -D_GNU_SOURCE -I. -I$(B)/bpf -DPROGRAM_VERSION='"$(VERSION)"'
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
            -Wformat=2 -Wundef -Wwrite-strings -Werror
HARDEN   := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS   ?=
LDFLAGS  ?=
# libbpf from its archive: the kernel datapath does not pay for relocating what only eBPF uses.
LIBS     := -lcjson -Wl,-Bstatic -lbpf -lelf -lz -Wl,-Bdynamic

# What only ipvlan-cluster has stays out of ipvlan, and libcurl with it.
CLUSTER_PKG_SRC := $(wildcard pkg/etcd/*.c pkg/ipam/cluster*.c pkg/ipam/store_etcd.c)
PKG_SRC     := $(filter-out $(CLUSTER_PKG_SRC),$(wildcard pkg/*/*.c))
PLUGIN_SRC  := $(wildcard plugin/*.c plugin/tool/*.c)
CLUSTER_SRC := $(wildcard plugin/cluster/*.c) $(CLUSTER_PKG_SRC)
TESTS      := $(patsubst test/unit/%.c,%,$(wildcard test/unit/test_*.c))
FUZZERS    := $(patsubst test/fuzz/%.c,%,$(wildcard test/fuzz/fuzz_*.c))
C_FILES    := $(wildcard plugin/*.[ch] plugin/*/*.[ch] pkg/*/*.[ch] test/unit/*.[ch] \
              test/fuzz/*.[ch] test/fault/*.[ch])

BPF_SRC    := $(wildcard datapath/bpf/*.bpf.c)
SKELETON   := $(B)/bpf/ipvlan.skel.h

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' "$(1)" "$(2)")

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps build plugin module modules install uninstall install-module dkms-install \
        dkms-remove demo check check-release check-clients check-cluster check-conformance check-debug lint dist bench \
        bench-datapath bench-ipam fuzz fuzzers fault check-fault check-reference clean unit
all: plugin

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: deps            install what building, tests and guests need (Debian 12, root)
deps:
	$(Q)test/deps

#: build           what can be built here: the plugin, and the module where headers are
build: plugin $(if $(wildcard $(KDIR)),module)

#: plugin          build/ipvlan, the CNI plugin, its other name build/ipvlan-ipam, build/ipvlan-cluster
plugin: $(B)/ipvlan $(B)/ipvlan-ipam $(B)/ipvlan-cluster

# Of the plugin and the libraries it takes what it needs; the store is its own.
$(B)/libplugin.a: $(patsubst %.c,$(B)/obj/%.o,$(filter-out plugin/main.c,$(PLUGIN_SRC)) $(PKG_SRC))
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/ipvlan-cluster: $(patsubst %.c,$(B)/obj/%.o,$(CLUSTER_SRC)) $(B)/libplugin.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HARDEN) $(LDHARDEN) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcurl

$(B)/ipvlan-ipam: $(B)/ipvlan
	$(Q)ln -sf ipvlan $@

$(B)/ipvlan: $(patsubst %.c,$(B)/obj/%.o,$(PLUGIN_SRC) $(PKG_SRC))
	$(call say,LD,$@)
	$(Q)$(CC) $(HARDEN) $(LDHARDEN) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARNINGS) $(HARDEN) $(CFLAGS) -MMD -MP -c -o $@ $<

# ---- eBPF programs: compiled, linked into one object, embedded as a header --------------------

BPF_CLANG  ?= clang
BPFTOOL    ?= $(or $(shell PATH=$$PATH:/usr/sbin command -v bpftool),bpftool)
BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -I. -ffile-prefix-map=$(CURDIR)=. \
              -I/usr/include/$(shell $(CC) -print-multiarch)

$(B)/bpf/%.bpf.o: datapath/bpf/%.bpf.c Makefile
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

# What is defined comes before what refers to it: libbpf 1.1 does not look back.
BPF_OBJ := $(patsubst datapath/bpf/%.c,$(B)/bpf/%.o,datapath/bpf/maps.bpf.c \
             $(filter-out %/maps.bpf.c,$(BPF_SRC)))
$(B)/bpf/ipvlan.o: $(BPF_OBJ)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(B)/bpf/ipvlan.o
	$(Q)$(BPFTOOL) gen skeleton $< name ipvlan_bpf >$@

# Frames through the programs as they are in the kernel; test/bats/native/ebpf_frames.bats runs it.
$(B)/bpf/frames: test/bpf/frames.c $(SKELETON)
	$(call say,CC,$@)
	$(Q)$(CC) $(CSTD) -O2 -g -Wall -Wextra -Werror -o $@ $< -Wl,-Bstatic -lbpf -lelf -lz -Wl,-Bdynamic

EBPF_OBJ := $(patsubst %,$(B)/%/pkg/datapath/ebpf_load.o,obj san fuzz/obj static)
$(EBPF_OBJ): $(SKELETON)

# ---- the release: one file that runs anywhere, what is in it, and their checksums ---------------

# Where it is built is in none of the bytes; the date is the one of the last entry in the changelog.
DIST        := $(B)/dist
STATIC      := $(B)/static
DIST_CFLAGS := -Os -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong \
               -fstack-clash-protection -D_FORTIFY_SOURCE=2
DIST_OBJ    := $(patsubst %.c,$(STATIC)/%.o,$(sort $(PLUGIN_SRC) $(PKG_SRC)))
DIST_LD     := -static -nostartfiles -s \
               -Wl,-pie,--no-dynamic-linker,--gc-sections,--build-id=sha1,-z,relro,-z,now,-z,noexecstack,-z,text
MUSL        := /usr/lib/$(shell uname -m)-linux-musl
DIST_DATE   := sed -n 's/^ -- .*>  //p;T;q' debian/changelog

#: dist            build/dist: ipvlan without any library, its SBOM (SPDX), their checksums
dist: $(DIST)/SHA256SUMS

$(DIST)/SHA256SUMS: $(DIST)/ipvlan $(DIST)/ipvlan.spdx.json
	$(Q)cd $(DIST) && sha256sum ipvlan ipvlan.spdx.json >SHA256SUMS

$(DIST)/ipvlan.spdx.json: $(DIST)/ipvlan dist/sbom debian/changelog
	$(Q)SOURCE_DATE_EPOCH=$$(date -d "$$($(DIST_DATE))" +%s) dist/sbom $(VERSION) $< >$@

# musl-gcc has no static-pie: the start file for it, which relocates the program, is named here.
$(DIST)/ipvlan: $(DIST_OBJ) $(STATIC)/libraries.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)musl-gcc $(DIST_LD) -o $@ $(MUSL)/rcrt1.o $(MUSL)/crti.o $^ $(MUSL)/crtn.o

$(STATIC)/libraries.a: dist/libraries Makefile
	$(call say,LIBS,$@)
	$(Q)DIST_CFLAGS="$(DIST_CFLAGS)" dist/libraries $(STATIC)

$(STATIC)/%.o: %.c $(STATIC)/libraries.a dist/musl.h
	$(call say,CC,$< (musl))
	@mkdir -p $(@D)
	$(Q)musl-gcc $(CSTD) $(WARNINGS) $(DIST_CFLAGS) -ffile-prefix-map=$(CURDIR)=. \
	  -I$(STATIC)/include -idirafter $(STATIC)/include/kernel -include dist/musl.h -MMD -MP -c -o $@ $<

#: module          build/module/RELEASE/ipvlan.ko for the running kernel (KDIR=… for another)
RELEASE  = $(shell $(MAKE) -s -C $(KDIR) kernelrelease)
MODULE_B = $(abspath $(B))/module/$(RELEASE)
module:
	@test -d "$(KDIR)" || { echo "no kernel headers in $(KDIR): install" \
	  "linux-headers-$$(uname -r), or say KDIR=DIRECTORY" >&2; exit 1; }
	$(Q)mkdir -p $(MODULE_B)/src && cp -ru datapath $(MODULE_B)/src/
	$(Q)$(MAKE) -C $(KDIR) M=$(MODULE_B)/src/datapath/module W=1 modules
	$(Q)cp $(MODULE_B)/src/datapath/module/ipvlan.ko $(MODULE_B)/ipvlan.ko

#: modules         the same for each kernel of the test guests, with the compiler it asks for
modules:
	$(Q)for kernel in $$(test/vm/fetch --list | awk '$$2 != "-" {print $$1}'); do \
	  test/vm/build-module $$kernel || exit 1; done

#: install         the plugin into BINDIR (/opt/cni/bin), its manual pages into PREFIX (/usr/local)
install: plugin
	install -D -m 0755 $(B)/ipvlan $(DESTDIR)$(BINDIR)/ipvlan
	ln -sf ipvlan $(DESTDIR)$(BINDIR)/ipvlan-ipam
	install -m 0755 $(B)/ipvlan-cluster $(DESTDIR)$(BINDIR)/ipvlan-cluster
	install -D -m 0644 docs/man/ipvlan.8 $(DESTDIR)$(SHAREDIR)/man/man8/ipvlan.8
	install -D -m 0644 docs/man/ipvlan-cni.5 $(DESTDIR)$(SHAREDIR)/man/man5/ipvlan-cni.5
	install -D -m 0644 completion/ipvlan.bash $(DESTDIR)$(COMPLETION)

#: install-module  the module into /lib/modules/VERSION/updates, before the kernel's own
install-module: module
	install -D -m 0644 $(MODULE_B)/ipvlan.ko $(DESTDIR)/lib/modules/$(RELEASE)/updates/ipvlan.ko
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(RELEASE)

# The sources lie where the module is built from whenever a kernel comes; what an earlier run of
# this version put there goes first, so that none of it is built.
DKMS_KERNEL ?= $(shell uname -r)
DKMS_SRC     = /usr/src/ipvlan-cni-$(VERSION)

#: dkms-install    the module by DKMS, which builds it for each kernel to come (root)
dkms-install: dkms-remove
	$(Q)mkdir -p $(DKMS_SRC)
	$(Q)cp -R datapath/include datapath/module $(DKMS_SRC)/
	$(Q)sed 's/#MODULE_VERSION#/$(VERSION)/' datapath/module/dkms.conf >$(DKMS_SRC)/dkms.conf
	dkms add ipvlan-cni/$(VERSION)
	dkms install ipvlan-cni/$(VERSION) -k $(DKMS_KERNEL)

#: dkms-remove     take it away again, for all kernels
dkms-remove:
	@command -v dkms >/dev/null || { echo "no dkms here: install the package dkms" >&2; exit 1; }
	$(Q)[ ! -e $(DKMS_SRC) ] || [ -z "$$(dkms status ipvlan-cni/$(VERSION))" ] || \
	  dkms remove ipvlan-cni/$(VERSION) --all
	$(Q)rm -rf $(DKMS_SRC)

#: uninstall       take the plugin away again
uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,ipvlan ipvlan-ipam ipvlan-cluster) \
	  $(addprefix $(DESTDIR)$(SHAREDIR)/man/,man8/ipvlan.8 man5/ipvlan-cni.5) $(DESTDIR)$(COMPLETION)

#: demo            the main job, shown: two pods on one master (demo-driver: by our driver, in a guest)
demo: deps
	$(Q)$(MAKE) --no-print-directory plugin
	$(Q)test/demo

demo-driver: deps
	$(Q)$(MAKE) --no-print-directory plugin
	$(Q)test/demo --driver

#: check           every test; the last line counts them
check: deps
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) plugin dist unit fuzzers fault modules
	$(Q)test/check

#: check-release   the release built twice, the packages in roots of their own: some minutes
check-release: deps
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) plugin dist
	bats test/bats/release

#: check-clients   containerd with many pods at once, killed between
check-clients: deps
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) plugin
	bats test/bats/clients

#: check-debug     the module's tests and a storm (STORM_SECONDS, 1800) on kernels with KASAN, lockdep …
check-debug: deps
	$(Q)test/vm/debug/check

#: check-conformance our driver and the kernel's, item by item, in one guest of each kernel
check-conformance: deps
	$(Q)$(MAKE) --no-print-directory modules
	$(Q)test/check bookworm.conformance trixie.conformance newest.conformance

#: check-cluster   16 nodes of 1,000 pods each on one etcd, whose members fail
check-cluster: deps
	$(Q)$(MAKE) --no-print-directory plugin
	$(Q)test/cluster/storm

# ---- unit tests: one program a source file, with sanitizers -----------------------------------

unit: $(TESTS:%=$(B)/unit/%) $(B)/bpf/frames

$(B)/unit/libpkg.a: $(patsubst %.c,$(B)/san/%.o,$(PKG_SRC) $(CLUSTER_PKG_SRC) $(filter-out plugin/main.c,$(PLUGIN_SRC)))
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/unit/%: $(B)/san/test/unit/%.o $(B)/unit/libpkg.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(LIBS) -Wl,--as-needed -lcurl

$(B)/san/%.o: %.c Makefile
	$(call say,CC,$< (sanitized))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(WARNINGS) $(SANITIZE) -MMD -MP -c -o $@ $<

# ---- fuzzers ----------------------------------------------------------------------------------

#: fuzz            each fuzzer for FUZZ_SECONDS (3600), one after the other
FUZZ_SECONDS ?= 3600
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz: fuzzers
	$(Q)test/fuzz/run $$(($(FUZZ_SECONDS) * $(words $(FUZZERS))))

fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

$(B)/fuzz/libpkg.a: $(patsubst %.c,$(B)/fuzz/obj/%.o,$(PKG_SRC) $(filter-out plugin/main.c,$(PLUGIN_SRC)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/fuzz/%: $(B)/fuzz/obj/test/fuzz/%.o $(B)/fuzz/libpkg.a
	$(call say,LD,$@)
	$(Q)clang -fsanitize=fuzzer $(FUZZ_SAN) -o $@ $^ $(LIBS)

$(B)/fuzz/obj/%.o: %.c Makefile
	$(call say,CC,$< (fuzzed))
	@mkdir -p $(@D)
	$(Q)clang $(CSTD) -Wall -Wno-format-zero-length -Werror -O1 -g -fsanitize=fuzzer-no-link $(FUZZ_SAN) -MMD -MP -c -o $@ $<

# ---- faults -----------------------------------------------------------------------------------

#: fault           build/fault, which lets each system call of the plugin fail (test/fault)
fault: $(B)/fault

$(B)/fault: $(patsubst %.c,$(B)/obj/%.o,$(wildcard test/fault/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $^ -lmnl

#: check-fault     every system call of every verb, on each datapath and kernel: an hour
check-fault: deps
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) plugin fault modules
	bats test/bats/native/fault.bats
	FAULT_ALL=1 bats test/bats/guest/fault.bats
	for kernel in $$(test/vm/fetch --list | awk '$$2 != "-" {print $$1}'); do test/vm/run \
	  --kernel $$kernel --timeout 3600 'FAULT_ALL=1 bats test/bats/guest/fault*.bats' || exit 1; done

#: check-reference our plugin beside the reference's ipvlan, asked the same, in a guest
check-reference: deps
	$(Q)$(MAKE) --no-print-directory plugin modules
	test/vm/run --kernel bookworm --timeout 1500 'bats test/bats/guest/{reference,compare}.bats'

# ---- upkeep -----------------------------------------------------------------------------------

#: lint            format, layers, cppcheck, sparse, checkpatch where the kernel source is
lint:
	$(Q)test/lint $(C_FILES)

#: bench           ADD and DEL beside the reference plugin
bench: plugin
	$(Q)test/bench/run

#: bench-datapath  what a packet, a slave and an address cost, by the driver, eBPF and what else there is
bench-datapath: plugin
	$(Q)test/bench/datapath $(SECTIONS)

#: bench-ipam      CPU time of ADD and DEL at 0 to 60,000 reservations, beside host-local's
bench-ipam: plugin
	$(Q)test/bench/ipam

#: clean           remove build/
clean:
	rm -rf $(B)

-include $(shell find $(B)/obj $(STATIC) $(B)/san $(B)/fuzz/obj $(B)/bpf -name '*.d' 2>/dev/null)
