/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A channel between the agent and the runner outside: frames over one
 * virtio-serial port. A frame is a type (one byte), the length of its payload
 * (four bytes, little endian) and the payload.
 */
#ifndef LAB_PORT_H
#define LAB_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD 5
#define FRAME_MAX (64 * 1024)		/* largest payload, either way */
#define PORT_BACKLOG (256 * 1024)	/* output beyond this waits at its source */

struct port {
	int fd;
	size_t in_len;
	size_t out_start, out_end;
	uint8_t in[FRAME_HEAD + FRAME_MAX];
	uint8_t out[PORT_BACKLOG + 2 * (FRAME_HEAD + FRAME_MAX)];
};

typedef void frame_fn(uint8_t type, const uint8_t *payload, size_t len);

/* Open the port the emulator calls @name; false when there is none. */
bool port_open(struct port *port, const char *name);

/*
 * Close a port, and take the driver off the device that has it and put it back:
 * for what the driver has got wrong about the device. Others on it are closed before.
 */
void port_close(struct port *port);
void port_renew(const char *name);

/* Queue one frame. The caller has seen port_has_room(). */
void port_send(struct port *port, uint8_t type, const void *payload, size_t len);

bool port_has_room(const struct port *port);
bool port_wants_out(const struct port *port);

/* Move what can be moved without waiting. */
void port_flush(struct port *port);
void port_receive(struct port *port, frame_fn *handle);

#endif
