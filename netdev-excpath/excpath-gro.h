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

#ifndef EXCPATH_GRO_H
#define EXCPATH_GRO_H 1

/* Merging TCP segments that go to the kernel, as its own generic receive
 * offload does: the kernel's stack takes about as long for one large frame as
 * for one of an MTU.
 *
 * A large frame is written as a header of its own and the payloads of its
 * packets, from where they are: they stay as they are, so that each can still
 * be written by itself.  The kernel cuts a frame, if it has to be cut again,
 * into just the packets that it was made of.
 *
 * Pure functions: no I/O, no global state, any thread. */

#include <stdint.h>
#include <sys/uio.h>

#include "excpath-tap-batch.h"
#include "excpath-vnet.h"

/* Most packets in a burst. */
#define EXCPATH_GRO_BURST EXCPATH_BATCH_MAX

/* Most flows whose packets are merged at a time: MAX_GRO_SKBS in Linux's
 * net/core/gro.c. */
#define EXCPATH_GRO_FLOWS 8

/* Longest headers of a frame: Ethernet with a VLAN tag, IPv6, and TCP with as
 * many options as there can be. */
#define EXCPATH_GRO_HEADERS (18 + 40 + 60)

/* A TCP segment, and where its parts are, in bytes from its start. */
struct excpath_gro_segment {
    const char *data;
    uint16_t l3;                /* IP header. */
    uint16_t l4;                /* TCP header. */
    uint16_t payload;           /* What that carries... */
    uint16_t size;              /* ...in bytes. */
};

/* Segments that are to become a frame. */
struct excpath_gro_merge {
    struct excpath_gro_segment first;
    uint32_t n;                 /* Segments, the first one included... */
    uint32_t size;              /* ...and their payload, in bytes. */
    uint8_t tcp_flags;          /* Of the last one. */
};

/* How a frame of several segments begins. */
struct excpath_gro_start {
    excpath_vnet_hdr vnet;
    char headers[EXCPATH_GRO_HEADERS];
};

/* What becomes of a burst. */
struct excpath_gro {
    /* Frames to be written, in this order.  Those that are a single packet are
     * that packet as it was passed. */
    uint32_t n_frames;
    struct excpath_tap_buf frames[EXCPATH_GRO_BURST];

    uint8_t frame_of[EXCPATH_GRO_BURST];        /* By packet. */

    /* For excpath-gro.c alone. */
    struct excpath_gro_merge merges[EXCPATH_GRO_BURST]; /* By frame. */
    uint32_t n_open;            /* Merges that take more... */
    uint8_t open[EXCPATH_GRO_FLOWS];    /* ...by their frames. */
    struct excpath_gro_start starts[EXCPATH_GRO_BURST / 2];
    struct iovec pieces[EXCPATH_GRO_BURST * 3 / 2];
};

/* Finds out which of the 'n' packets in 'packets', EXCPATH_GRO_BURST at most,
 * can be merged, and fills 'gro'.  Each is a frame in one piece, with its
 * checksums, after a vnet header that is all zeros.  They must stay as long as
 * the frames in 'gro' are used.
 *
 * The packets of a flow keep their order. */
void excpath_gro_merge(struct excpath_gro *gro, struct iovec packets[],
                       uint32_t n);

#endif /* excpath-gro.h */
