/* SPDX-License-Identifier: MIT */
#include <base/text.h>

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* Days since 1970-01-01 in the proleptic Gregorian calendar; March-based years. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = z / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

bool ota_time_format(char out[OTA_TIME_LEN + 1], int64_t t)
{
	char text[64];
	int64_t y, m, d, s;

	if (t < 0 || t > INT64_C(253402300799))
		return false;
	civil_from_days(t / DAY, &y, &m, &d);
	s = t % DAY;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)y, (int)m, (int)d,
		(int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	memcpy(out, text, OTA_TIME_LEN + 1);
	return true;
}

bool ota_time_parse(int64_t *out, const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	char back[OTA_TIME_LEN + 1];
	int64_t v[6] = {0}, t;
	size_t field = 0;

	if (strlen(text) != OTA_TIME_LEN)
		return false;
	for (size_t i = 0; i < OTA_TIME_LEN; i++) {
		if (form[i] != 'd') {
			field++;
			if (text[i] != form[i])
				return false;
		} else if (text[i] < '0' || text[i] > '9') {
			return false;
		} else {
			v[field] = v[field] * 10 + (text[i] - '0');
		}
	}
	t = days_from_civil(v[0], v[1], v[2]) * DAY + v[3] * 3600 + v[4] * 60 + v[5];
	/* Writing it again catches the 30th of February and the 61st second. */
	if (!ota_time_format(back, t) || strcmp(back, text) != 0)
		return false;
	*out = t;
	return true;
}
