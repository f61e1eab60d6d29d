/* SPDX-License-Identifier: MIT */
/*
 * A process is the power of a device folder: the file `on` is there while a
 * system runs, and not while a command changes the device.
 */
#include <sim/world.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ON "on"

bool ota_sim_is_on(const ota_sim *sim)
{
	struct stat sb;

	return fstatat(sim->folder.fd, ON, &sb, AT_SYMLINK_NOFOLLOW) == 0;
}

ota_status ota_sim_set_on(ota_sim *sim, bool on, ota_err *err)
{
	const struct folder *f = &sim->folder;
	int fd;

	if (!on && unlinkat(f->fd, ON, 0) != 0 && errno != ENOENT)
		return ota_fail_sys(err, "remove %s/%s", f->path, ON);
	if (!on)
		return OTA_OK;
	fd = openat(f->fd, ON, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ota_fail_sys(err, "create %s/%s", f->path, ON);
	close(fd);
	return OTA_OK;
}
