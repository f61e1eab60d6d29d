# SPDX-License-Identifier: MIT
# The rules of the house that no compiler and no formatter knows: awk -f style.awk FILE…
# A statement is joined over its lines first, strings and comments emptied.
function bad(text) { printf "%s:%d: %s\n", FILENAME, at, text; failed = 1 }

function end_file() {
	limit = file ~ /^tests\// ? 700 : 500
	if (file == "" || lines <= limit || file in long_file)
		return
	printf "%s: %d lines (%d is the limit; tables are listed in style.awk)\n", file, lines, limit
	failed = 1
}

function statement(s) {
	if (s ~ /^[ \t]*((} )?else )?(if|while) \(/ || s ~ /^[ \t]*} while \(/) {
		c = s
		gsub(/[=!<>]=/, "", c)
		if (c ~ /=/)
			bad("assignment inside a condition")
	}
	if (s ~ /(\|\||&&)[^;?{]*[(,] ?&?err\)/ || s ~ /[(,] ?&?err\)[^;?{]*(\|\||&&)/)
		bad("a call with a status stands in a chain of || or &&")
	if (FILENAME !~ /^tests\// && s ~ /(^|[^_a-z])(system|alloca|gets|strcpy|strcat|sprintf|strtok|atoi|atol)\(/)
		bad("a function that this house does not use")
	if (FILENAME ~ /^libota\/[a-z]*\// && FILENAME !~ /^libota\/(include|examples)\//) {
		if (s ~ /(^|[^_a-z])(getenv|secure_getenv|time|gettimeofday|clock_gettime|printf|fprintf|exit|abort)\(/)
			bad("the library does not print, exit, or read the environment or the clock")
		if (s ~ /(^|[^_a-z>.])(malloc|calloc|realloc|strdup)\(/ &&
			FILENAME !~ /^libota\/base\/(mem|ctx)\.c$/)
			bad("memory comes from base/mem.h")
	}
}

BEGIN {
	long_file["libota/include/ota/ids.h"] = 1
}

FNR == 1 {
	end_file()
	file = FILENAME
	joined = ""
	in_comment = 0
	func_start = 0
	at = 1
	if ($0 !~ /SPDX-License-Identifier: MIT/)
		bad("the first line is not the SPDX line")
}
{
	lines = FNR
	at = FNR
	if ($0 ~ /TODO|FIXME/ && $0 !~ /(TODO|FIXME)\(#[0-9]+\)/)
		bad("TODO without an issue number")
	line = $0
	gsub(/\\\\/, "", line)
	gsub(/\\"/, "", line)
	gsub(/\\'/, "", line)
	gsub(/'[^']+'/, "0", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/\/\*[^*]*\*+([^\/*][^*]*\*+)*\//, "", line)
	if (in_comment) {
		if (line !~ /\*\//)
			next
		sub(/.*\*\//, "", line)
		in_comment = 0
	}
	if (line ~ /\/\*/) {
		sub(/\/\*.*/, "", line)
		in_comment = 1
	}
	if (line ~ /\/\//)
		bad("// comment")
	if (line ~ /^{/)
		func_start = FNR
	if (line ~ /^}/ && func_start) {
		if (FNR - func_start - 1 > 70)
			bad(sprintf("a function of %d lines (70 is the limit)", FNR - func_start - 1))
		func_start = 0
	}
	if (FILENAME !~ /^tests\// && line ~ /^\t\t\t\t+(if|for|while|switch) \(/)
		bad("nesting deeper than 3")
	if (line ~ /^#/) {
		joined = ""
		next
	}
	joined = joined " " line
	if (line ~ /[;{}:]$/ || line ~ /^[ \t]*$/ || balanced(joined)) {
		statement(joined)
		joined = ""
	}
	if (joined == " ")
		joined = ""
}
function balanced(s, t) {
	if (s !~ /^[ \t]*((} )?else )?(if|while|for|switch) \(/)
		return 0
	t = s
	return gsub(/\(/, "", t) == gsub(/\)/, "", t)
}
END {
	end_file()
	exit failed
}
