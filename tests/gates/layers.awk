# SPDX-License-Identifier: MIT
# The walls of libota, checked: awk -f layers.awk libota/LAYERS FILE.d… FILE.c|h…
# From LAYERS: who may include whom, who may use which library. From the compiler's dependency
# files: who does. From the sources: their #include <…> of foreign headers.
function bad(text) { print "check-layers: " text; failed = 1 }
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

BEGIN {
	rank["F"] = 1; rank["D"] = 2; rank["H"] = 3
	n = split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp" \
		" signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string" \
		" tgmath time wchar wctype", w, " ")
	for (i = 1; i <= n; i++)
		iso[w[i] ".h"] = 1
	# The system's own headers: files and folders live in these layers alone.
	system_layers["base"] = system_layers["device"] = system_layers["sim"] = 1
	n = split("fcntl poll unistd dirent sys/stat sys/types sys/file sys/uio sys/ioctl sys/random linux/fs", w, " ")
	for (i = 1; i <= n; i++)
		posix[w[i] ".h"] = 1
}

FILENAME ~ /LAYERS$/ {
	sub(/#.*/, "")
	if (trim($0) == "")
		next
	split($0, half, "|")
	n = split(half[1], w, " ")
	layer = w[1]
	tier[layer] = w[2]
	for (i = 3; i <= n; i++) {
		if (w[i] == "-")
			continue
		if (!(w[i] in tier))
			bad("LAYERS: " layer " names " w[i] ", which is no earlier row")
		else if (rank[tier[w[i]]] > rank[w[2]])
			bad("LAYERS: " layer " (" w[2] ") names " w[i] " of a higher tier")
		may[layer, w[i]] = 1
	}
	n = split(half[2], w, " ")
	for (i = 1; i <= n; i++) {
		split(w[i], kv, "=")
		library[kv[1]] = library[kv[1]] " " layer "/" kv[2]
	}
	next
}

# build/x/libota/crypto/hash.o: libota/crypto/hash.c libota/base/mem.h …
FILENAME ~ /\.d$/ {
	if (FNR == 1)
		me = FILENAME ~ /\/libota\// ? "libota" : "cli"
	for (i = 1; i <= NF; i++) {
		if ($i ~ /:$/ || $i !~ /^(libota|cli|tests)\//)
			continue
		if ($i ~ /^libota\/include\/ota\//) {
			edges++
			continue
		}
		split($i, part, "/")
		if (me == "cli") {
			if (part[1] != "cli")
				bad(FILENAME ": cli/ includes " $i ", which is not public")
			continue
		}
		from = FILENAME
		sub(/.*\/libota\//, "", from)
		sub(/\/.*/, "", from)
		if (part[1] != "libota")
			bad(FILENAME ": libota/ includes " $i)
		else if (!(from in tier))
			bad(FILENAME ": folder libota/" from " has no row in LAYERS")
		else if (part[2] != from && !((from, part[2]) in may))
			bad("libota/" from " includes " $i ": its row does not name " part[2])
		edges++
	}
	next
}

FNR == 1 {
	split(FILENAME, part, "/")
	if (!(part[2] in tier))
		bad(FILENAME ": folder libota/" part[2] " has no row in LAYERS")
}
/^#[ \t]*include[ \t]*</ {
	match($0, /<[^>]*>/)
	h = substr($0, RSTART + 1, RLENGTH - 2)
	split(h, top, "/")
	if (h ~ /^ota\// || top[1] in tier || h in iso)
		next
	if (h in posix) {
		if (!(part[2] in system_layers))
			bad(FILENAME " includes <" h ">: the system is reached through base/")
		next
	}
	key = h in library ? h : top[1] "/"
	if (!(key in library)) {
		bad(FILENAME " includes <" h ">, which LAYERS names for nobody")
		next
	}
	n = split(library[key], who, " ")
	ok = 0
	for (i = 1; i <= n; i++)
		ok = ok || index(FILENAME, "libota/" who[i]) == 1
	if (!ok)
		bad(FILENAME " includes <" h ">: only" library[key] "* may")
}

END {
	if (edges == 0)
		bad("no dependency files: build first")
	exit failed
}
