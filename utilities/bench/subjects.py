# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of ports that are compared."""

import os


class Subject:
    """A kind of port with a device of the kernel at its other end."""

    def __init__(self, name, description, settings, vhost=False, devargs=None):
        self.name = name
        self.description = description
        self.settings = settings
        self.devargs = devargs
        self.vhost = vhost

    @property
    def is_excpath(self):
        return "type=excpath" in self.settings

    def add(self, lab, device, options=()):
        """Add a port whose device is called 'device', up; return its number.

        The port has the device's name.  'options' are for excpath.
        """
        settings = list(self.settings)
        if self.is_excpath:
            settings += ["options:" + option for option in options]
        if self.devargs:
            settings.append("options:dpdk-devargs=" + self.devargs.replace("%s", device))
        number = lab.add_port(device, *settings)
        lab.inside(lab.host, "ip", "link", "set", device, "up")
        return number

    def __str__(self):
        return self.name


def have_vhost():
    try:
        os.close(os.open("/dev/vhost-net", os.O_RDWR))
    except OSError:
        return False
    return True


SUBJECTS = [
    Subject("internal", "Open vSwitch's own port of type internal",
            ["type=internal"]),
    Subject("excpath-tap", "excpath with backend=tap",
            ["type=excpath", "options:backend=tap"]),
    Subject("excpath-vhost", "excpath with backend=vhost-net",
            ["type=excpath", "options:backend=vhost-net"], vhost=True),
    Subject("virtio-user", "type=dpdk with net_virtio_user on /dev/vhost-net, "
            "as stock Open vSwitch offers it",
            ["type=dpdk"], vhost=True,
            # in_order=0: without it newer kernels have the driver corrupt
            # packets.
            devargs="net_virtio_user_%s,path=/dev/vhost-net,iface=%s,"
                    "queues=1,queue_size=1024,in_order=0"),
    Subject("net_tap", "type=dpdk with net_tap",
            ["type=dpdk", "options:n_rxq=2"],
            devargs="net_tap_%s,iface=%s"),
]

# The port at the other end where one direction of one port is measured: there
# everywhere, and the same for all.
PEER = next(s for s in SUBJECTS if s.name == "excpath-tap")
