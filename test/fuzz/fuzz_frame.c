// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames from the network: a claim is to an address; what we send is understood as one. */
#include "pkg/wire/frame.h"
#include "test/fuzz/fuzz.h"

static void sent_is_heard(const struct ip *ip, const uint8_t mac[static FRAME_MAC_LEN],
			  size_t (*put)(uint8_t *buf, const struct ip *ip, const uint8_t *mac))
{
	uint8_t buf[FRAME_MAX], by[FRAME_MAC_LEN];
	size_t len = put(buf, ip, mac);
	struct ip claimed;

	must(len <= sizeof(buf));
	must(frame_read_claim(buf, len, &claimed, by));
	must(ip_cmp(&claimed, ip) == 0 && memcmp(by, mac, sizeof(by)) == 0);
	must(!frame_read_claim(buf, len - 1, &claimed, by));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = malloc(size + 1); /* of this very size, so that one byte more is seen */
	uint8_t mac[FRAME_MAC_LEN];
	struct ip ip = { 0 };

	must(frame);
	frame = realloc(frame, size ? size : 1);
	memcpy(frame, data, size);
	if (frame_read_claim(frame, size, &ip, mac)) {
		must(ip.family == AF_INET || ip.family == AF_INET6);
		if (!ip_is_unspecified(&ip)) {
			sent_is_heard(&ip, mac, frame_put_probe);
			sent_is_heard(&ip, mac, frame_put_announcement);
		}
	}
	free(frame);
	return 0;
}
