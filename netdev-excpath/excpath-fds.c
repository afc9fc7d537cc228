/*
 * Copyright (c) 2026 ovs-excpath authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "excpath-fds.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitmap.h"
#include "util.h"

/* New descriptors get the lowest numbers that are free: how far above those
 * that were there DPDK's can be, with five for each of 16 queue pairs. */
#define MAX_NEW 256

void
excpath_fds_note(struct excpath_fds *fds)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *de;
    int max = 0;

    *fds = (struct excpath_fds) { .map = NULL };
    if (!dir) {
        return;
    }
    while ((de = readdir(dir)) != NULL) {
        max = MAX(max, atoi(de->d_name));
    }
    fds->n_bits = max + 1 + MAX_NEW;
    fds->map = bitmap_allocate(fds->n_bits);
    rewinddir(dir);
    while ((de = readdir(dir)) != NULL) {
        int fd = atoi(de->d_name);

        /* The directory itself will be free, for another one. */
        if (isdigit((unsigned char) de->d_name[0]) && fd < fds->n_bits
            && fd != dirfd(dir)) {
            bitmap_set1(fds->map, fd);
        }
    }
    closedir(dir);
}

/* Whether 'fd' is of vhost-net or of tun, or an eventfd.  It takes no other
 * descriptor to find out, of which there may be none. */
static bool
is_dpdk_kind(int fd)
{
    static const char *const targets[] = {
        "/dev/vhost-net", "/dev/net/tun", "anon_inode:[eventfd]",
    };
    char path[32], target[64];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, target, sizeof target - 1);
    if (n > 0) {
        target[n] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
            if (!strcmp(target, targets[i])) {
                return true;
            }
        }
    }
    return false;
}

int
excpath_fds_close_others(struct excpath_fds *fds)
{
    int n = 0;

    for (int fd = 0; fd < fds->n_bits; fd++) {
        if (!bitmap_is_set(fds->map, fd) && is_dpdk_kind(fd)) {
            close(fd);
            n++;
        }
    }
    excpath_fds_forget(fds);
    return n;
}

int
excpath_fds_find_others(const struct excpath_fds *before, const char *path,
                        int fds[], int max)
{
    struct stat device, s;
    int n = 0;

    if (!before->map || stat(path, &device)) {
        return -1;
    }
    for (int fd = 0; fd < before->n_bits; fd++) {
        if (bitmap_is_set(before->map, fd) || fstat(fd, &s)
            || !S_ISCHR(s.st_mode) || s.st_rdev != device.st_rdev) {
            continue;
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        if (n < max) {
            fds[n] = fd;
        }
        n++;
    }
    return n;
}

void
excpath_fds_forget(struct excpath_fds *fds)
{
    bitmap_free(fds->map);
    fds->map = NULL;
    fds->n_bits = 0;
}
