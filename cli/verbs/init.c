/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include "verbs.h"
#include "with_io.h"
#include "with_plan.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct init_opts {
	struct output_opts out;
	const char *product, *version, *component;
	struct opt_number counter;
};

static const struct opt rows[] = {
	{0, OPT_TEXT, "product", "P", "the devices it is for: [a-z0-9][a-z0-9._-]*",
		offsetof(struct init_opts, product), NULL},
	{0, OPT_TEXT, "version", "V", "of the new system, such as 2.0.0",
		offsetof(struct init_opts, version), NULL},
	{0, OPT_TEXT, "component", "NAME", "what the images are (default rootfs)",
		offsetof(struct init_opts, component), NULL},
	{0, OPT_NUMBER, "counter", "N", "the security counter (default 1)",
		offsetof(struct init_opts, counter), NULL},
	{0, OPT_FLAG, NULL, NULL, NULL, 0, NULL},
};
static const struct opt_group group = {"Options", rows};
static const struct opt_use options[] = {
	{&group, 0},
	{&output_group, offsetof(struct init_opts, out)},
	{NULL, 0},
};

/* A file to be made: its path, its text, its sink. */
struct made {
	char *path, *text;
	size_t len;
	ota_sink *sink;
};

/* A YAML scalar: plain where nothing in it can be taken for syntax, else quoted. */
static void scalar(FILE *f, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+-";

	if (s[0] != '-' && strspn(s, plain) == strlen(s)) {
		fputs(s, f);
		return;
	}
	fputc('"', f);
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			fprintf(f, "\\x%02X", (unsigned)(unsigned char)*s);
		else
			fprintf(f, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	}
	fputc('"', f);
}

/* Where `to` is, seen from the folder `from`; both absolute and resolved. To be freed. */
static char *relative(const char *from, const char *to)
{
	size_t same = 0, i = 0, ups = 0;
	char *out = NULL, *p;

	for (; from[i] && from[i] == to[i]; i++)
		if (from[i] == '/')
			same = i + 1;
	if (!from[i] && to[i] == '/')
		same = i + 1;
	/* Only the root in common: an absolute path says it better. */
	if (same <= 1 && strcmp(from, "/") != 0)
		return strdup(to);
	for (const char *s = from + (same <= strlen(from) ? same : strlen(from)); *s; s++)
		ups += s == from + same || s[-1] == '/';
	out = malloc(3 * ups + strlen(to + same) + 1);
	if (!out)
		return NULL;
	p = out;
	for (; ups; ups--)
		p = stpcpy(p, "../");
	stpcpy(p, to + same);
	return out;
}

/* The path of image as the manifest in the folder of `yaml` has to write it. */
static ota_status image_path(char **out, const char *image, const char *yaml, ota_err *err)
{
	char *folder = io_folder(yaml), *from = NULL, *to = NULL;
	ota_status st = OTA_OK;

	from = folder ? realpath(*folder ? folder : ".", NULL) : NULL;
	to = from ? realpath(image, NULL) : NULL;
	if (!from)
		st = ota_fail_sys(err, "cannot find the folder of %s", yaml);
	else if (!to)
		st = ota_fail_sys(err, "cannot find %s", image);
	*out = st ? NULL : relative(from, to);
	if (!st && !*out)
		st = ota_fail_nomem(err);
	free(to);
	free(from);
	free(folder);
	return st;
}

static void write_manifest(FILE *f, const struct init_opts *o, const char *old, const char *new)
{
	fputs("# Made by `otatool init`. `otatool lint` checks it, `otatool pack` builds it.\n"
	      "# Paths are relative to this file.\n"
	      "format: otap-manifest\n"
	      "spec: \"1.0\"\n\n"
	      "# The devices that take it, and what they then run (SemVer).\nproduct: ",
		f);
	scalar(f, o->product);
	fputs("\nversion: ", f);
	scalar(f, o->version);
	fprintf(f,
		"\n\n# Raise it when older versions must never come back; it only ever rises.\n"
		"security_counter: %" PRIu64 "\n\n",
		o->counter.given ? o->counter.value : 1);
	fputs("# What must run before, and when the package ends:\n"
	      "# requires: { version: \">=1.0.0\" }\n"
	      "# expires: 2030-01-01T00:00:00Z\n\n"
	      "components:\n  - name: ",
		f);
	scalar(f, o->component ? o->component : "rootfs");
	fputs("\n    slot: ab                # two copies: one runs, the other is written\n"
	      "    image: ",
		f);
	scalar(f, new);
	fputs("\n    # A device takes the cheapest payload that fits: the delta if it runs this\n"
	      "    # very image, else the full one.\n"
	      "    payloads:\n"
	      "      - { kind: full, compression: xz }\n"
	      "      - { kind: delta, from: ",
		f);
	scalar(f, old);
	fputs(" }\n", f);
}

static void write_device(FILE *f, const struct init_opts *o)
{
	fputs("# Made by `otatool init`: the device that `apply-sim --device` plays.\n"
	      "format: otap-device\n"
	      "spec: \"1.0\"\n"
	      "product: ",
		f);
	scalar(f, o->product);
	fputs("\n\n# The images it has in two copies. `size` would limit them, in bytes.\n"
	      "slots:\n  - component: ",
		f);
	scalar(f, o->component ? o->component : "rootfs");
	fputs("\n\n# There are no boot documents yet: the stored package vouches for its slot.\n"
	      "policy:\n  unsigned_chain: true\n",
		f);
}

static ota_status check(const struct cli *c, ota_err *err)
{
	const struct init_opts *o = c->opts;
	const char *missing = !o->product ? "product" : !o->version ? "version" : NULL;

	if (!strcmp(c->args.v[0], "-") || !strcmp(c->args.v[1], "-"))
		return ota_fail(err, OTA_E_ARGUMENT,
			"OLD and NEW are files: the manifest names them, stdin has no name");

	if (missing)
		return ota_fail(err, OTA_E_ARGUMENT, "say which with --%s", missing);
	if (!o->out.path || !strcmp(o->out.path, "-"))
		return ota_fail(err, OTA_E_ARGUMENT, "say with -o F.yaml where the manifest goes");
	return OTA_OK;
}

/* F.yaml → F.device.yaml */
static char *device_path(const char *path)
{
	size_t len = strlen(path);
	char *out;

	if (len > 5 && !strcmp(path + len - 5, ".yaml"))
		len -= 5;
	else if (len > 4 && !strcmp(path + len - 4, ".yml"))
		len -= 4;
	return asprintf(&out, "%.*s.device.yaml", (int)len, path) < 0 ? NULL : out;
}

static ota_status compose(struct made made[2], const struct cli *c, ota_err *err)
{
	const struct init_opts *o = c->opts;
	char *old = NULL, *new = NULL;
	FILE *f[2] = {NULL, NULL};
	ota_status st;

	made[0].path = strdup(o->out.path);
	made[1].path = device_path(o->out.path);
	st = image_path(&old, c->args.v[0], o->out.path, err);
	if (!st)
		st = image_path(&new, c->args.v[1], o->out.path, err);
	for (int i = 0; !st && i < 2; i++) {
		f[i] = open_memstream(&made[i].text, &made[i].len);
		if (!f[i] || !made[i].path)
			st = ota_fail_nomem(err);
	}
	if (!st) {
		write_manifest(f[0], o, old, new);
		write_device(f[1], o);
	}
	for (int i = 0; i < 2; i++)
		if (f[i] && fclose(f[i]) && !st)
			st = ota_fail_nomem(err);
	free(new);
	free(old);
	return st;
}

/* Both must be good before either exists: `init` promises that they pack as they are. */
static ota_status prove(const struct made made[2], const struct cli *c, ota_err *err)
{
	ota_source *src[2] = {NULL, NULL};
	struct plan plan = {.plan = NULL};
	ota_devfile *device = NULL;
	ota_status st = OTA_OK;

	for (int i = 0; !st && i < 2; i++)
		st = ota_source_memory(&src[i], c->ctx, made[i].text, made[i].len, err);
	if (!st)
		st = plan_read(&plan, c, src[0], made[0].path, NULL, err);
	if (!st)
		st = ota_devfile_read(&device, c->ctx, src[1], made[1].path, c->rep, err);
	ota_devfile_free(device);
	plan_close(&plan);
	for (int i = 0; i < 2; i++)
		ota_source_close(src[i]);
	return st;
}

/* What is wrong with a value that an option gave is wrong with the option. */
static ota_status blame_option(const struct cli *c, ota_status st, ota_err *err)
{
	static const struct {
		const char *subject, *option;
	} values[] = {
		{"product", "product"},
		{"version", "version"},
		{"security_counter", "counter"},
		{"components.0.name", "component"},
		{"slots.0.component", "component"},
	};

	for (size_t i = 0; i < ota_report_count(c->rep); i++) {
		const ota_finding *f = ota_report_at(c->rep, i);

		for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++)
			if (f->outcome == OTA_FAIL && f->subject && f->text &&
				!strcmp(f->subject, values[k].subject))
				return ota_fail(
					err, OTA_E_OPTION, "--%s: %s", values[k].option, f->text);
	}
	return st;
}

static ota_status store(struct made made[2], const struct cli *c, bool force, ota_err *err)
{
	const ota_file_options opt = {.size = sizeof(opt), .replace = force};
	ota_status st = OTA_OK;

	for (int i = 0; !st && i < 2; i++)
		st = ota_sink_file(&made[i].sink, c->ctx, made[i].path, &opt, err);
	for (int i = 0; !st && i < 2; i++)
		st = ota_sink_write(made[i].sink, made[i].text, made[i].len, err);
	if (!st)
		st = io_commit(made[0].sink, err);
	if (st)
		return st;
	st = ota_sink_commit(made[1].sink, err);
	if (st && !force)
		unlink(made[0].path);
	return st;
}

static ota_status run(struct cli *c, ota_err *err)
{
	const struct init_opts *o = c->opts;
	struct made made[2] = {{NULL, NULL, 0, NULL}, {NULL, NULL, 0, NULL}};
	ota_status st;

	st = check(c, err);
	if (!st)
		st = compose(made, c, err);
	for (int i = 0; !st && i < 2; i++)
		st = io_claim(c, made[i].path, err);
	if (!st) {
		st = prove(made, c, err);
		st = st ? blame_option(c, st, err) : OTA_OK;
	}
	if (!st)
		st = store(made, c, o->out.force, err);
	if (!st) {
		out_str(c->out, "manifest", "Manifest", made[0].path);
		out_str(c->out, "device", "Device file", made[1].path);
	} else if (st != OTA_USAGE && !c->common.json) {
		explain_report(c->rep, stderr, false);
	}
	for (int i = 0; i < 2; i++) {
		ota_sink_close(made[i].sink);
		free(made[i].text);
		free(made[i].path);
	}
	return st;
}

static const char *const operands[] = {"OLD", "NEW", NULL};
static const char *const examples[] = {
	"otatool init old.img new.img --product gw-100 --version 2.0.0 -o first.yaml",
	NULL,
};

const struct verb verb_init = {
	.name = "init",
	.group = "Build",
	.summary = "write a commented manifest, and a device file, that pack as they are",
	.synopsis = "OLD NEW --product P --version V -o F.yaml",
	.operands = operands,
	.operands_min = 2,
	.options = options,
	.opts_size = sizeof(struct init_opts),
	.run = run,
	.examples = examples,
};
