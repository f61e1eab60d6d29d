/* SPDX-License-Identifier: MIT */
/* A manifest that uses every field, in canonical form, and ways to break it. */
#ifndef MODEL_UNIT_H
#define MODEL_UNIT_H

#include "unit.h"

#include <model/manifest.h>

#define H64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* With ' for ": m_text turns them. */
#define M_HEAD                                                                                     \
	"{'after_commit':'disable-previous','allow_downgrade':true,'build':{'builder':"            \
	"'https://ci.example.com/7','id':'ci-48213','source':{'commit':"                           \
	"'0123456789abcdef0123456789abcdef01234567','uri':'git+https://example.com/fw.git'},"      \
	"'tools':'otatool 0.1.0'},"
#define M_BOOT                                                                                     \
	"{'fallback':'fail','name':'boot','payloads':[{'kind':'full','section':1}],"               \
	"'slot':'single','target':{'hash':'" H64 "','size':5000},'version':'1.2.3'}"
#define M_ROOTFS                                                                                   \
	"{'delta_only':true,'name':'rootfs','payloads':["                                          \
	"{'codec':'bsdiff','cost':7,'kind':'delta','ram':2000000,'section':0,'source':"            \
	"{'hash':'" H64 "','size':999,'version':'2.3.0'}},"                                        \
	"{'cost':8,'kind':'delta','section':3,'source':{'hash':'" H64 "','size':999},"             \
	"'window':131072},"                                                                        \
	"{'cost':9,'kind':'full','ram':300000,'section':2}],"                                      \
	"'target':{'hash':'" H64 "','size':1000000}}"
#define M_COMPONENTS "'components':[" M_BOOT "," M_ROOTFS "],"
#define M_RELEASE                                                                                  \
	"'created':'2026-01-01T00:00:00Z','expires':'2027-01-01T00:00:00Z',"                       \
	"'format':'otap-manifest','payload_hash':'" H64 "','product':'gw-100',"                    \
	"'release':{'channel':'stable','notes':'Fixes the parser.','severity':'security'},"        \
	"'requires':{'counter_min':3,'version':'>=2.0.0 <2.4.0 || =1.9.7'},"                       \
	"'resources':{'download_max':1,'flash_write':2,'ram':3},"
#define M_RULES                                                                                    \
	"'rules':[{'fact':'hw.model','op':'in','value':['gw-100','gw-110']},"                      \
	"{'fact':'hw.revision','op':'ge','value':3},"                                              \
	"{'fact':'bootloader.version','op':'range','value':'>=1.2.0'},"                            \
	"{'fact':'feature.tpm','op':'has'},"                                                       \
	"{'any':[{'absent':true,'fact':'battery.percent','op':'ge','value':40},"                   \
	"{'not':{'all':[{'fact':'power.external','op':'eq','value':false}]}}],"                    \
	"'effect':'defer'}],"
#define M_SECTIONS                                                                                 \
	"'sections':["                                                                             \
	"{'chunk_size':65536,'chunks':1,'compression':'none','raw_size':60000,"                    \
	"'table_hash':'" H64 "'},"                                                                 \
	"{'chunk_size':4096,'chunks':2,'compression':'none','raw_hashes':true,"                    \
	"'raw_size':5000,'table_hash':'" H64 "'},"                                                 \
	"{'chunk_size':65536,'chunks':16,'compression':'xz','raw_size':1000000,"                   \
	"'stored_size':400000,'table_hash':'" H64 "'},"                                            \
	"{'chunk_size':65536,'chunks':9,'compression':'none','raw_size':300000,"                   \
	"'table_hash':'" H64 "'}],"
#define M_STEPS_HEAD "'security_counter':7,'signatures':'compact','spec':'1.0','steps':["
#define M_STEPS                                                                                    \
	"{'component':'boot','op':'write'},"                                                       \
	"{'component':'boot','op':'verify'},"                                                      \
	"{'component':'rootfs','op':'patch'},"                                                     \
	"{'component':'rootfs','op':'verify'},"                                                    \
	"{'name':'ota_rel','op':'set-env','value':'2.4.0'},"                                       \
	"{'op':'switch-slot','tries':5},{'op':'reboot'},"                                          \
	"{'name':'default','op':'health-check','retries':1,'timeout':60},{'op':'commit'}"
#define M_TAIL "],'version':'2.4.0','x-list':[1,{'a':true}],'x-ticket':'FW-991'}"
#define M_FULL M_HEAD M_COMPONENTS M_RELEASE M_RULES M_SECTIONS M_STEPS_HEAD M_STEPS M_TAIL

/* The smallest: one component, one payload, default steps. */
#define M_SMALL                                                                                    \
	"{'components':[{'name':'rootfs','payloads':[{'kind':'full','section':0}],"                \
	"'target':{'hash':'" H64 "','size':5000}}],'format':'otap-manifest',"                      \
	"'payload_hash':'" H64 "','product':'gw-100','sections':[{'chunk_size':4096,'chunks':2,"   \
	"'compression':'none','raw_size':5000,'table_hash':'" H64 "'}],"                           \
	"'security_counter':1,'spec':'1.0','version':'1.0.0'}"

/* base with the first `from` replaced by `to`, ' turned into ", exactly as long as needed. */
static inline char *m_text(const char *base, const char *from, const char *to, size_t *len)
{
	const char *at = strstr(base, from);
	size_t head = at != NULL ? (size_t)(at - base) : 0;
	char *out;

	ck_assert_msg(at != NULL, "no %s in the sample", from);
	*len = strlen(base) - strlen(from) + strlen(to);
	out = malloc(*len + 1);
	ck_assert_ptr_nonnull(out);
	memcpy(out, base, head);
	strcpy(out + head, to);
	strcat(out, at + strlen(from));
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	out = realloc(out, *len > 0 ? *len : 1);
	return out;
}

/* Read base with `from` made `to`; the id of the error, or OTA_E_NONE. */
static inline ota_id m_read(const char *base, const char *from, const char *to, ota_err *err)
{
	ota_manifest *m = NULL;
	ota_report *rep = NULL;
	ota_status st;
	size_t len;
	char *text = m_text(base, from, to, &len);

	ck_assert_int_eq(ota_report_new(&rep, t_ctx(), NULL), OTA_OK);
	*err = (ota_err)OTA_ERR_INIT;
	st = manifest_read(&m, t_ctx(), (const uint8_t *)text, len, rep, err);
	ck_assert_int_eq(st == OTA_OK, m != NULL);
	ck_assert_int_eq(st == OTA_OK, err->id == OTA_E_NONE);
	manifest_free(m);
	ota_report_free(rep);
	free(text);
	return err->id;
}

/* Read YAML text. rep may be NULL. */
static inline ota_status m_yaml(ota_manifest **m, const char *text, ota_report *rep, ota_err *err)
{
	ota_source *src = NULL;
	ota_status st;

	*err = (ota_err)OTA_ERR_INIT;
	ck_assert_int_eq(ota_source_memory(&src, t_ctx(), text, strlen(text), NULL), OTA_OK);
	st = manifest_read_source(m, t_ctx(), src, "m.yaml", NULL, rep, err);
	ota_source_close(src);
	return st;
}

#endif
