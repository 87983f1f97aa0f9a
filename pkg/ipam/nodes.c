// SPDX-License-Identifier: GPL-2.0-or-later
#include "pkg/ipam/nodes.h"

#include <string.h>

/* The byte of an address that is a bit's number in its node of this level. */
static size_t byte_of(const struct ip *ip, size_t level)
{
	return ip_size(ip) - 1 - level;
}

static uint64_t node_hash(const struct ip *ip, size_t level)
{
	const uint8_t key[3] = { INDEX_NODE, (uint8_t)level, ip->family };

	return table_hash(table_hash(TABLE_HASH, key, sizeof(key)), ip->bytes, byte_of(ip, level));
}

static struct slot *find_node(struct index *x, const struct ip *ip, size_t level)
{
	uint64_t hash = node_hash(ip, level);
	size_t place = TABLE_START;
	struct slot *s;

	while ((s = table_find(&x->table, hash, &place)))
		if (s->kind == INDEX_NODE && s->level == level && s->family == ip->family &&
		    memcmp(s->bytes, ip->bytes, byte_of(ip, level)) == 0)
			return s;
	return NULL;
}

static struct slot *get_node(struct index *x, const struct ip *ip, size_t level)
{
	struct slot *s = find_node(x, ip, level);

	if (s)
		return s;
	s = index_add_slot(x, node_hash(ip, level));
	if (s) {
		s->kind = INDEX_NODE;
		s->level = (uint8_t)level;
		s->family = ip->family;
		memcpy(s->bytes, ip->bytes, byte_of(ip, level));
	}
	return s;
}

/* The lowest bit at or behind `from` that is clear; 256: none. No node: all are clear. */
static unsigned int clear_bit(const struct slot *node, unsigned int from)
{
	if (!node)
		return from;
	for (unsigned int word = from / 64; word < 4; word++) {
		uint64_t clear = ~node->bits[word];

		if (word == from / 64)
			clear &= ~0ULL << from % 64;
		if (clear)
			return word * 64 + (unsigned int)__builtin_ctzll(clear);
	}
	return 256;
}

static bool is_empty(const struct slot *node)
{
	return !(node->bits[0] | node->bits[1] | node->bits[2] | node->bits[3]);
}

void nodes_take(struct index *x, const struct ip *ip)
{
	for (size_t level = 0; level < ip_size(ip); level++) {
		struct slot *node = get_node(x, ip, level);
		uint8_t bit = ip->bytes[byte_of(ip, level)];

		if (!node)
			return;
		table_change(&x->table, node);
		node->bits[bit / 64] |= 1ULL << bit % 64;
		if (clear_bit(node, 0) < 256)
			return;
	}
}

void nodes_give(struct index *x, const struct ip *ip)
{
	for (size_t level = 0; level < ip_size(ip); level++) {
		struct slot *node = find_node(x, ip, level);
		uint8_t bit = ip->bytes[byte_of(ip, level)];
		bool was_full;

		if (!node)
			return;
		was_full = clear_bit(node, 0) == 256;
		table_change(&x->table, node);
		node->bits[bit / 64] &= ~(1ULL << bit % 64);
		if (is_empty(node))
			table_remove(&x->table, node);
		if (!was_full)
			return;
	}
}

bool nodes_has(struct index *x, const struct ip *ip)
{
	const struct slot *node = find_node(x, ip, 0);
	uint8_t bit = ip->bytes[byte_of(ip, 0)];

	return node && node->bits[bit / 64] >> bit % 64 & 1;
}

/* Sets the byte of that level, and those behind it to the first that they can be. */
static void set_byte(struct ip *ip, size_t level, unsigned int value)
{
	size_t at = byte_of(ip, level);

	if (ip->bytes[at] != value)
		memset(ip->bytes + at, 0, ip_size(ip) - at);
	ip->bytes[at] = (uint8_t)value;
}

/* Up to where something is left, then down to its lowest. */
bool nodes_next_clear(struct index *x, struct ip *ip)
{
	size_t level = 0;
	unsigned int bit = ip->bytes[byte_of(ip, 0)];

	for (;;) {
		bit = bit < 256 ? clear_bit(find_node(x, ip, level), bit) : 256;
		if (bit < 256)
			break;
		if (++level == ip_size(ip))
			return false;
		bit = ip->bytes[byte_of(ip, level)] + 1U;
	}
	set_byte(ip, level, bit);
	while (level-- > 0) {
		bit = clear_bit(find_node(x, ip, level), ip->bytes[byte_of(ip, level)]);
		if (bit == 256) /* the node above says that there is one */
			x->is_known_wrong = true;
		if (bit == 256)
			return false;
		set_byte(ip, level, bit);
	}
	return true;
}
