/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a service manager how the server is (sd_notify(3)). */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

/** Sends the lines to $NOTIFY_SOCKET, when there is one: "READY=1". What cannot be sent is logged. */
void notify_send(const char *lines);
void notify_reloading(void);

#endif
