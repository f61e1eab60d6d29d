/* SPDX-License-Identifier: MIT */
/* Device folders: made whole or not at all, and opened again. */
#include "unit.h"

#include <ota/sim.h>

#include <dirent.h>
#include <unistd.h>

TCase *tcase_devfolder(void);

#define IMAGE_LEN 5000U

static const char yaml[] = "format: otap-device\nspec: \"1.0\"\nproduct: p\n"
			   "slots: [ { component: rootfs, size: 8192 }, { component: boot } ]\n"
			   "flash: { program_size: 16, erased: 255 }\n"
			   "policy: { unsigned_chain: true }\n";

struct bed {
	char home[32], dev[48];
	ota_devfile *d;
	ota_source *image[2];
	uint8_t bytes[IMAGE_LEN];
};

static void begin(struct bed *b, const ota_ctx *ctx)
{
	ota_source *text = NULL;
	ota_err err = OTA_ERR_INIT;

	*b = (struct bed){.home = "/tmp/ota-sim-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(b->home));
	snprintf(b->dev, sizeof(b->dev), "%s/dev", b->home);
	memset(b->bytes, 7, sizeof(b->bytes));
	ck_ok(ota_source_memory(&text, ctx, yaml, strlen(yaml), &err), &err);
	ck_ok(ota_devfile_read(&b->d, ctx, text, "d", NULL, &err), &err);
	for (int i = 0; i < 2; i++)
		ck_ok(ota_source_memory(&b->image[i], ctx, b->bytes, sizeof(b->bytes), &err), &err);
	ota_source_close(text);
}

/* Files and folders of path, but for itself. */
static unsigned entries(const char *path, bool unlink_)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlink_)
			ck_assert_int_eq(unlinkat(dirfd(dir), e->d_name, 0), 0);
		n++;
	}
	closedir(dir);
	return n;
}

static void end(struct bed *b)
{
	if (access(b->dev, F_OK) == 0) {
		entries(b->dev, true);
		ck_assert_int_eq(rmdir(b->dev), 0);
	}
	ck_assert_int_eq(rmdir(b->home), 0);
	ota_source_close(b->image[1]);
	ota_source_close(b->image[0]);
	ota_devfile_free(b->d);
}

static ota_status open_dev(ota_sim **sim, const struct bed *b, const ota_ctx *ctx, ota_err *err)
{
	const ota_sim_options opt = {.size = sizeof(opt), .folder = b->dev};

	return ota_sim_open(sim, ctx, NULL, &opt, err);
}

static void region_is(ota_port *port, unsigned slot, const char *component, uint64_t size, int at_0)
{
	ota_flash *f = NULL;
	uint8_t byte = 0;
	ota_err err = OTA_ERR_INIT;

	ck_ok(port->ops->flash(port, OTA_REGION_IMAGE, slot, component, &f, &err), &err);
	ck_assert_uint_eq(f->geometry.size, size);
	ck_assert_uint_eq(f->geometry.program_size, 16);
	ck_ok(f->ops->read(f, &byte, 1, 0, &err), &err);
	ck_assert_int_eq(byte, at_0);
	ck_ok(f->ops->read(f, &byte, 1, size - 1, &err), &err);
	ck_assert_int_eq(byte, 0xFF);
}

START_TEST(made)
{
	ota_sim *sim = NULL, *second = NULL;
	ota_flash *f = NULL;
	ota_port *port;
	struct bed b;
	ota_err err = OTA_ERR_INIT;

	begin(&b, t_ctx());
	ck_ok(ota_sim_make(t_ctx(), b.d, b.dev, b.image, &err), &err);
	ck_assert_uint_eq(entries(b.home, false), 1);
	ck_assert_int_eq(ota_sim_make(t_ctx(), b.d, b.dev, b.image, &err), OTA_USAGE);
	ck_id(err, OTA_E_EXISTS);
	ck_ok(open_dev(&sim, &b, t_ctx(), &err), &err);
	ck_assert_str_eq(ota_devfile_product(ota_sim_devfile(sim)), "p");
	port = ota_sim_port(sim);
	region_is(port, 0, "rootfs", 8192, 7);
	region_is(port, 1, "rootfs", 8192, 0xFF);
	region_is(port, 0, "boot", 8192, 7);
	region_is(port, 1, "boot", 8192, 0xFF);
	ck_assert_int_ne(port->ops->flash(port, OTA_REGION_IMAGE, 0, "other", &f, &err), OTA_OK);
	ck_id(err, OTA_E_COMPONENTS);
	ck_assert_int_eq(open_dev(&second, &b, t_ctx(), &err), OTA_FORMAT);
	ck_id(err, OTA_E_STATE);
	ota_sim_close(sim);
	end(&b);
}
END_TEST

START_TEST(power)
{
	ota_sim *sim = NULL;
	struct bed b;
	ota_err err = OTA_ERR_INIT;

	begin(&b, t_ctx());
	ck_ok(ota_sim_make(t_ctx(), b.d, b.dev, b.image, &err), &err);
	for (int i = 0; i < 2; i++) {
		bool on = i == 0;

		ck_ok(open_dev(&sim, &b, t_ctx(), &err), &err);
		ck_assert(ota_sim_is_on(sim) == on);
		ck_ok(ota_sim_set_on(sim, on, &err), &err);
		ck_ok(ota_sim_set_on(sim, false, &err), &err);
		ck_assert(!ota_sim_is_on(sim));
		ota_sim_close(sim);
	}
	end(&b);
}
END_TEST

struct seen {
	char text[512];
	unsigned n;
};

static void see(void *arg, const ota_sim_event *ev)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	snprintf(s->text + used, sizeof(s->text) - used, "%s %d %s %s %u %u;",
		ota_sim_what_name(ev->what), ev->slot, ev->version ? ev->version : "-",
		ev->record ? ev->record : "-", (unsigned)ev->seq, ev->floor);
	s->n++;
}

static void tear(const struct bed *b, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/history", b->dev);
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(history)
{
	const ota_sim_event install = {.size = sizeof(install),
		.what = OTA_SIM_INSTALL,
		.slot = 1,
		.version = "2.0.0",
		.record = "ota1 E0000 ok d=-",
		.seq = 7,
		.floor = 3};
	const ota_sim_event cut = {.size = sizeof(cut), .what = OTA_SIM_CUT, .slot = -1};
	struct t_failing f = {.fail_at = UINT64_MAX};
	ota_ctx *ctx = t_ctx_failing(&f);
	struct seen s = {"", 0};
	char overlong[3000];
	ota_sim *sim = NULL;
	struct bed b;
	uint64_t most;
	ota_err err = OTA_ERR_INIT;

	begin(&b, ctx);
	ck_ok(ota_sim_make(ctx, b.d, b.dev, b.image, &err), &err);
	ck_ok(open_dev(&sim, &b, ctx, &err), &err);
	most = f.count;
	ck_ok(ota_sim_note(sim, &install, &err), &err);
	most = f.count - most;
	for (uint64_t i = 0; i < most; i++) {
		f.fail_at = f.count + i;
		ck_assert_int_eq(ota_sim_note(sim, &install, &err), OTA_NOMEM);
	}
	f.fail_at = UINT64_MAX;
	tear(&b, "{\"what\":\"boot\"");
	ck_ok(ota_sim_note(sim, &cut, &err), &err);
	memset(overlong, 'x', sizeof(overlong));
	overlong[sizeof(overlong) - 1] = '\0';
	tear(&b, overlong);
	tear(&b, "\n{\"what\":\"other\"}\n\n[]\n");
	ck_ok(ota_sim_note(sim, &cut, &err), &err);
	ck_ok(ota_sim_history(sim, see, &s, &err), &err);
	ck_assert_uint_eq(s.n, 4);
	ck_assert_str_eq(s.text,
		"made 0 - ota1 E0000 ok d=- 1 0;install 1 2.0.0 ota1 E0000 ok d=- 7 3;"
		"power-cut -1 - - 0 0;power-cut -1 - - 0 0;");
	f.fail_at = f.count + 1;
	ck_assert_int_eq(ota_sim_history(sim, see, &s, &err), OTA_NOMEM);
	ck_assert_str_eq(ota_sim_what_name((ota_sim_what)99), "?");
	ota_sim_close(sim);
	end(&b);
	ota_ctx_free(ctx);
	ck_assert_int_eq(f.live, 0);
}
END_TEST

/* Whichever allocation fails: there is no device, and nothing else either. */
START_TEST(no_memory)
{
	ota_status st = OTA_NOMEM;

	for (uint64_t n = 0; st != OTA_OK; n++) {
		struct t_failing f = {.fail_at = UINT64_MAX};
		ota_ctx *ctx = t_ctx_failing(&f);
		ota_err err = OTA_ERR_INIT;
		ota_sim *sim = NULL;
		struct bed b;

		ck_assert_ptr_nonnull(ctx);
		begin(&b, ctx);
		f.fail_at = f.count + n;
		st = ota_sim_make(ctx, b.d, b.dev, b.image, &err);
		ck_assert_msg(
			st == OTA_OK || st == OTA_NOMEM, "allocation %u: %s", (unsigned)n, err.msg);
		ck_assert_uint_eq(entries(b.home, false), st == OTA_OK);
		if (!st) {
			st = open_dev(&sim, &b, ctx, &err);
			ota_sim_close(sim);
		}
		end(&b);
		ota_ctx_free(ctx);
		ck_assert_int_eq(f.live, 0);
	}
}
END_TEST

TCase *tcase_devfolder(void)
{
	TCase *tc = tcase_create("devfolder");

	tcase_add_test(tc, made);
	tcase_add_test(tc, power);
	tcase_add_test(tc, history);
	tcase_add_test(tc, no_memory);
	return tc;
}
