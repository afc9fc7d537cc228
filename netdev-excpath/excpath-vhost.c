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

#include "excpath-vhost.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_memory.h>

#include "excpath-kernel.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(excpath_vhost);

/* Default of the kernel's vhost.max_mem_regions (drivers/vhost/vhost.c). */
#define VHOST_DEFAULT_MAX_REGIONS 64

static int
count_memseg_list(const struct rte_memseg_list *msl, void *n_)
{
    int *n = n_;

    if (!msl->external) {
        (*n)++;
    }
    return 0;
}

/* virtio_user hands every list of memory segments to the kernel as a region.
 * If they are too many, it says that it started, and nothing flows. */
static char *
check_memory_table(void)
{
    static const char path[] = "/sys/module/vhost/parameters/max_mem_regions";
    int max = VHOST_DEFAULT_MAX_REGIONS;
    FILE *stream = fopen(path, "r");
    int n = 0;

    if (stream) {
        if (fscanf(stream, "%d", &max) != 1) {
            max = VHOST_DEFAULT_MAX_REGIONS;
        }
        fclose(stream);
    }

    rte_memseg_list_walk(count_memseg_list, &n);
    if (n > max) {
        return xasprintf("DPDK's memory has %d regions and the kernel takes "
                         "%d: raise the parameter max_mem_regions of module "
                         "vhost, or use larger hugepages without "
                         "--legacy-mem", n, max);
    }
    return NULL;
}

char *
excpath_vhost_check(void)
{
    uint64_t features;
    struct stat s;
    int fd, error;

    if (stat(VHOST_NET_PATH, &s)) {
        return (errno == ENOENT
                ? xstrdup(VHOST_NET_PATH" does not exist: load the kernel "
                          "module with \"modprobe vhost_net\"")
                : xasprintf(VHOST_NET_PATH": %s", ovs_strerror(errno)));
    }
    if (!S_ISCHR(s.st_mode)) {
        return xstrdup(VHOST_NET_PATH" is not a character device: remove it "
                       "and load the kernel module with \"modprobe "
                       "vhost_net\"");
    }

    fd = open(VHOST_NET_PATH, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        error = errno;
        if (error == EACCES || error == EPERM) {
            return xstrdup(VHOST_NET_PATH" cannot be opened: give the user "
                           "that runs ovs-vswitchd read and write permission "
                           "on it");
        } else if (error == ENODEV || error == ENXIO) {
            return xstrdup(VHOST_NET_PATH" has no driver: load the kernel "
                           "module with \"modprobe vhost_net\"");
        }
        return xasprintf(VHOST_NET_PATH" cannot be opened: %s",
                         ovs_strerror(error));
    }
    error = ioctl(fd, VHOST_GET_FEATURES, &features) < 0 ? errno : 0;
    close(fd);
    if (error) {
        return xasprintf(VHOST_NET_PATH" is not the kernel's vhost-net "
                         "device (VHOST_GET_FEATURES: %s): remove it and load "
                         "the kernel module with \"modprobe vhost_net\"",
                         ovs_strerror(error));
    }

    return check_memory_table();
}

unsigned int
excpath_vhost_queue_size(const struct excpath_options *opts)
{
    return MAX(opts->n_rxq_desc, opts->n_txq_desc);
}

char *
excpath_vhost_devargs(const struct excpath_dev *dev,
                      const struct excpath_options *opts,
                      const struct eth_addr mac)
{
    /* in_order=0: with VIRTIO_F_IN_ORDER, which newer kernels offer, the
     * driver corrupts frames of more than one buffer without a word.  mac=:
     * without it the tap's address changes at every start.  queues=: the
     * kernel spreads flows over all queues, polled or not.  The number
     * tells DPDK's devices apart: taps in different network namespaces may
     * share a name, and move. */
    static unsigned int n;

    return xasprintf("net_virtio_user%u_%s,path="VHOST_NET_PATH",iface=%s,"
                     "mac="ETH_ADDR_FMT",queues=%d,queue_size=%d,in_order=0",
                     n++, dev->name, dev->name, ETH_ADDR_ARGS(mac),
                     opts->n_queues, (int) excpath_vhost_queue_size(opts));
}

int
excpath_vhost_set_busyloop(int fd, unsigned int us)
{
    /* The receive and the transmit ring: VHOST_NET_VQ_RX and VHOST_NET_VQ_TX
     * in drivers/vhost/net.c. */
    for (unsigned int i = 0; i < 2; i++) {
        struct vhost_vring_state state = { .index = i, .num = us };

        if (ioctl(fd, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, &state) < 0) {
            return errno;
        }
    }
    return 0;
}

static int
compare_pids(const void *a_, const void *b_)
{
    const pid_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Looks for workers in 'path', a directory of processes or of threads. */
static int
find_workers(const char *path, const char *comm, pid_t workers[], int max)
{
    struct dirent *de;
    DIR *dir = opendir(path);
    int n = 0;

    if (!dir) {
        return 0;
    }
    while (n < max && (de = readdir(dir)) != NULL) {
        char name[32] = "";
        char *file;
        FILE *stream;

        if (!isdigit((unsigned char) de->d_name[0])) {
            continue;
        }
        file = xasprintf("%s/%s/comm", path, de->d_name);
        stream = fopen(file, "r");
        free(file);
        if (stream) {
            if (fgets(name, sizeof name, stream)) {
                name[strcspn(name, "\n")] = '\0';
            }
            fclose(stream);
        }
        if (!strcmp(name, comm)) {
            workers[n++] = atoi(de->d_name);
        }
    }
    closedir(dir);
    return n;
}

int
excpath_vhost_get_workers(pid_t workers[], int max)
{
    /* The kernel calls a worker "vhost-" and the id of the thread that made
     * it, here always the main thread.  It is a kernel thread before 6.4 and a
     * thread of this process since (vhost_worker_create()). */
    char comm[32];
    int n;

    snprintf(comm, sizeof comm, "vhost-%ld", (long int) getpid());
    n = find_workers("/proc/self/task", comm, workers, max);
    if (!n) {
        n = find_workers("/proc", comm, workers, max);
    }
    qsort(workers, n, sizeof *workers, compare_pids);
    return n;
}
