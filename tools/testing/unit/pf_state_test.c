// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of a PCI function: the table is complete, leads where it should, and is
 * what Documentation/virtio-pci.rst shows.
 *
 * sources: drivers/virtio/virtio_pci_state_table.c
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/virtio/virtio_pci_state.h"
#include "unit.h"

#define DOCUMENT	"../../../Documentation/virtio-pci.rst"
#define SHOULD_BE	"../../../out/unit/state-table.txt"
#define PICTURE_SIZE	16384

static bool happens(enum vp_state state, enum vp_event event)
{
	return vp_state_transition(state, event).action != VP_DO_NEVER;
}

UNIT_TEST(everything_has_a_name)
{
	for (int i = 0; i < VP_STATES; i++)
		ASSERT(vp_state_traits[i].name);
	for (int i = 0; i < VP_EVENTS; i++)
		ASSERT(vp_event_name[i]);
	for (int i = 0; i < VP_ACTIONS; i++)
		ASSERT(vp_action_name[i]);
}

UNIT_TEST(every_cell_is_defined)
{
	for (unsigned int cell = 0; cell < VP_STATES * VP_EVENTS; cell++) {
		enum vp_state s = cell / VP_EVENTS;
		enum vp_event e = cell % VP_EVENTS;

		struct vp_transition t = vp_state_transition(s, e);

		if (t.action == VP_DO_UNDEFINED)
			unit_fail(__FILE__, __LINE__, 0, "%s, %s: empty", vp_state_traits[s].name,
				  vp_event_name[e]);
		EXPECT(t.action < VP_ACTIONS && t.next < VP_STATES);
	}
}

UNIT_TEST(every_event_happens)
{
	for (enum vp_event e = 0; e < VP_EVENTS; e++) {
		int n = 0;

		for (enum vp_state s = 0; s < VP_STATES; s++)
			n += happens(s, e);
		if (!n)
			unit_fail(__FILE__, __LINE__, 0, "%s: in no state", vp_event_name[e]);
	}
}

static void reach(enum vp_state state, bool *reached)
{
	if (reached[state])
		return;
	reached[state] = true;
	for (enum vp_event e = 0; e < VP_EVENTS; e++)
		if (happens(state, e))
			reach(vp_state_transition(state, e).next, reached);
}

UNIT_TEST(every_state_is_reached_from_probe)
{
	bool reached[VP_STATES] = {};

	reach(VP_NEW, reached);
	for (enum vp_state s = 0; s < VP_STATES; s++)
		if (!reached[s])
			unit_fail(__FILE__, __LINE__, 0, "%s: never", vp_state_traits[s].name);
}

/* nothing is a dead end: a driver can get its device back, or the function be removed */
UNIT_TEST(every_state_leads_up_and_out)
{
	for (enum vp_state s = 0; s < VP_REMOVED; s++) {
		bool reached[VP_STATES] = {};

		reach(s, reached);
		EXPECT(reached[VP_UP]);
		EXPECT(reached[VP_REMOVED]);
	}
}

UNIT_TEST(no_bus_mastering_before_a_reset_that_was_seen)
{
	for (unsigned int cell = 0; cell < VP_STATES * VP_EVENTS; cell++) {
		enum vp_state s = cell / VP_EVENTS;
		enum vp_event e = cell % VP_EVENTS;

		struct vp_transition t = vp_state_transition(s, e);

		if (!happens(s, e) || !vp_state_traits[t.next].dma)
			continue;
		if (!vp_state_traits[s].dma && e != VP_EV_RESET_SEEN)
			unit_fail(__FILE__, __LINE__, 0, "%s, %s: on", vp_state_traits[s].name,
				  vp_event_name[e]);
	}
	for (enum vp_state s = 0; s < VP_STATES; s++) {
		enum vp_state next = vp_state_transition(s, VP_EV_RESET_MISSED).next;

		if (happens(s, VP_EV_RESET_MISSED))
			EXPECT(!vp_state_traits[next].dma);
	}
}

/* vp_reset() tells how a reset ended, and carries nothing out */
UNIT_TEST(how_a_reset_ended_asks_for_nothing)
{
	for (enum vp_state s = 0; s < VP_STATES; s++)
		for (enum vp_event e = VP_EV_RESET_SEEN; e <= VP_EV_RESET_LOST; e++)
			if (happens(s, e))
				EXPECT_EQ(vp_state_transition(s, e).action, VP_DO_NOTHING);
}

/* nor is there anything to reset where the device's own registers are not accessed */
UNIT_TEST(offline_there_is_nothing_to_reset)
{
	for (enum vp_state s = 0; s < VP_STATES; s++)
		if (!vp_state_traits[s].hw)
			EXPECT(!happens(s, VP_EV_RESET_SEEN));
}

/* what a PCI error asks for: no code of a driver, which may wait for the device */
UNIT_TEST(no_driver_code_at_an_error)
{
	for (enum vp_state s = 0; s < VP_STATES; s++) {
		struct vp_transition t = vp_state_transition(s, VP_EV_ERROR);

		EXPECT(t.action == VP_DO_NEVER || t.action == VP_DO_NOTHING ||
		       t.action == VP_DO_BREAK);
	}
}

static void picture_of(enum vp_state s, char *to, size_t size)
{
	const struct vp_state_traits *traits = &vp_state_traits[s];
	size_t at = snprintf(to, size, "\t%s%s%s%s\n", traits->name,
			     traits->dma ? ", bus master" : "",
			     traits->hw ? "" : ", registers not accessed",
			     traits->refuses ? ", takes no driver" : "");

	for (enum vp_event e = 0; e < VP_EVENTS; e++) {
		struct vp_transition t = vp_state_transition(s, e);
		char arrow[64];

		if (!happens(s, e) || (t.action == VP_DO_NOTHING && t.next == s))
			continue;
		snprintf(arrow, sizeof(arrow), "-- %s -->", vp_event_name[e]);
		at += snprintf(to + at, size - at, "\t    %-24s %s%s%s\n", arrow,
			       vp_state_traits[t.next].name,
			       t.action == VP_DO_NOTHING ? "" : ": ",
			       t.action == VP_DO_NOTHING ? "" : vp_action_name[t.action]);
	}
}

static void picture(char *to, size_t size)
{
	to[0] = 0;
	for (enum vp_state s = 0; s < VP_STATES; s++)
		picture_of(s, to + strlen(to), size - strlen(to));
}

static char *read_document(void)
{
	FILE *file = fopen(DOCUMENT, "r");
	char *text = calloc(1, 1 << 18);

	ASSERT(file && text);
	ASSERT(fread(text, 1, (1 << 18) - 1, file) > 0);
	fclose(file);
	return text;
}

UNIT_TEST(the_documentation_shows_the_table)
{
	char *text = read_document(), *drawn = malloc(PICTURE_SIZE);
	FILE *file = fopen(SHOULD_BE, "w");

	ASSERT(drawn && file);
	picture(drawn, PICTURE_SIZE);
	fputs(drawn, file);
	fclose(file);
	if (!strstr(text, drawn))
		unit_fail(__FILE__, __LINE__, 0,
			  "Documentation/virtio-pci.rst is to show out/unit/state-table.txt");
	free(drawn);
	free(text);
}
