/* SPDX-License-Identifier: MIT */
/*
 * client diagram | promela: the client's table (libota/device/client.c) as the
 * manual shows it, and as the model that spin exhausts in tests/sim/client.sh.
 */
#include <stdio.h>
#include <string.h>

#include <device/client.h>

/* By enum client_guard: in words, and over the variables of the model. */
static const char *const guard_words[] = {"", " [downloads left]", " [update failed]"};
static const char *const guard_terms[] = {"true", "(downloads < DOWNLOADS)", "(failed)"};

/* ---- the diagram ---- */

static void arrow(const struct client_row *r)
{
	char event[64];

	snprintf(event, sizeof(event), "%s%s", ota_client_event_name(r->event),
		guard_words[r->guard]);
	printf("      +-- %-25s --> %s", event, ota_client_state_name(r->next));
	if (r->action != ACTION_NONE)
		printf("%*s%s", 13 - (int)strlen(ota_client_state_name(r->next)), "",
			client_action_name(r->action));
	if (r->tell != OTA_UPDATE_NONE)
		printf("%*s%s", 10 - (int)strlen(client_action_name(r->action)), "",
			ota_update_event_name(r->tell));
	printf("\n");
}

static void diagram(void)
{
	for (unsigned s = 0; s < CLIENT_STATES; s++) {
		printf("    %s\n", ota_client_state_name((ota_client_state)s));
		for (size_t i = 0; i < client_row_count; i++)
			if (client_rows[i].state == s)
				arrow(&client_rows[i]);
	}
}

/* ---- the model ---- */

static void rows(void)
{
	for (size_t i = 0; i < client_row_count; i++) {
		const struct client_row *r = &client_rows[i];
		const char *action = client_action_name(r->action);

		printf("\t\t:: state == %s && ev == on_%s && %s", ota_client_state_name(r->state),
			ota_client_event_name(r->event), guard_terms[r->guard]);
		/* The first row whose guard holds: none before it did. */
		for (size_t k = 0; k < i; k++)
			if (client_rows[k].state == r->state && client_rows[k].event == r->event)
				printf(" && !%s", guard_terms[client_rows[k].guard]);
		printf(" ->\n\t\t\t");
		if (r->state == OTA_CLIENT_IDLE)
			printf("downloads = 0; failed = false; ");
		if (r->action == ACTION_DOWNLOAD)
			printf("downloads++; ");
		if (r->tell == OTA_UPDATE_FAILED)
			printf("failed = true; ");
		printf("runs = do_%s; state = %s\n", *action ? action : "nothing",
			ota_client_state_name(r->next));
	}
}

/* defined: some row names this state and event. */
static void terms(void)
{
	const char *or_ = "";

	printf("#define outside (");
	for (unsigned e = 0; e < CLIENT_EVENTS; e++)
		if (client_from_outside((ota_client_event)e)) {
			printf("%sev == on_%s", or_, ota_client_event_name((ota_client_event)e));
			or_ = " || ";
		}
	printf(")\n#define in_update (");
	or_ = "";
	for (unsigned s = 0; s < CLIENT_STATES; s++)
		if (client_in_update((ota_client_state)s)) {
			printf("%sstate == %s", or_, ota_client_state_name((ota_client_state)s));
			or_ = " || ";
		}
	printf(")\n");
	for (unsigned e = 1; e < CLIENT_EVENTS; e++) {
		printf("#define defined_%s (false", ota_client_event_name((ota_client_event)e));
		for (size_t i = 0; i < client_row_count; i++)
			if (client_rows[i].event == e)
				printf(" || state == %s",
					ota_client_state_name(client_rows[i].state));
		printf(")\n");
	}
}

/* What a wrong agent may say: any event that the table has no row for. */
static void strays(void)
{
	for (unsigned e = 1; e < CLIENT_EVENTS; e++) {
		const char *name = ota_client_event_name((ota_client_event)e);

		printf("\t:: atomic { !defined_%s -> client ! on_%s }\n", name, name);
	}
}

static void promela(void)
{
	printf("/* The client's table, and a device round it: tests/gates/client.c wrote it. */\n");
	for (unsigned s = 0; s < CLIENT_STATES; s++)
		printf("#define %s %u\n", ota_client_state_name((ota_client_state)s), s);
	for (unsigned e = 0; e < CLIENT_EVENTS; e++)
		printf("#define on_%s %u\n", ota_client_event_name((ota_client_event)e), e);
	printf("#define do_nothing 0\n");
	for (unsigned a = ACTION_CHECK; a <= ACTION_REPORT; a++)
		printf("#define do_%s %u\n", client_action_name((enum client_action)a), a);
	terms();
	printf("#include \"device.pml\"\n\n"
	       "active proctype table()\n{\n\tbyte ev;\n\nend:\tdo\n\t:: atomic { client ? ev "
	       "->\n\t\tif\n");
	rows();
	printf("\t\t:: else ->\n\t\t\tif\n\t\t\t:: outside || !in_update -> skip\n"
	       "\t\t\t:: else -> runs = do_nothing; state = ERROR\n\t\t\tfi\n"
	       "\t\tfi }\n\tod\n}\n\n");
	printf("active proctype strays()\n{\nend:\tdo\n");
	strays();
	printf("\tod\n}\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "diagram") == 0)
		diagram();
	else if (argc == 2 && strcmp(argv[1], "promela") == 0)
		promela();
	else
		return 2;
	return 0;
}
