/* SPDX-License-Identifier: MIT */
/*
 * The table of error ids: one row per reason to refuse or fail. A site names
 * the id; the status, the exit code, otatool-errors(7), the JSON and the threat
 * all derive from this table and cannot disagree. Numbers are part of the
 * contract: append-only, never reused.
 *
 * Columns: number, symbol, name, status, threat, hint (what to do next).
 * The threat is "-" where a mistake is far likelier than an attack.
 */
#ifndef OTA_IDS_H
#define OTA_IDS_H

/* clang-format off */
#define OTA_IDS(X) \
X(  1, OTA_E_SYSTEM,        "io.system",           IO,          "-", "the operating system refused; see the message") \
X(  2, OTA_E_SHORT_WRITE,   "io.write",            IO,          "-", "free space where the message says, or choose another place: -o, or TMPDIR for temporary files") \
X(  3, OTA_E_CHANGED,       "io.changed",          IO,          "file replaced while in use", "the input changed while it was read; nothing was written: run it again") \
X(  4, OTA_E_NOMEM,         "memory.exhausted",    NOMEM,       "-", "close other programs or lower --jobs") \
X(  5, OTA_E_MEM_LIMIT,     "memory.limit",        LIMIT,       "endless data", "raise --memory if the machine has it") \
X(  6, OTA_E_CANCELLED,     "cancelled",           CANCELLED,   "-", "nothing was left behind; run it again") \
X(  7, OTA_E_SEEK,          "io.seek",             IO,          "-", "this input must be a file, not a pipe") \
X(  8, OTA_E_CRYPTO,        "crypto.failed",       IO,          "-", "the crypto library failed; see the message") \
X(101, OTA_E_OPTION,        "usage.option",        USAGE,       "-", "see --help of the verb") \
X(102, OTA_E_ARGUMENT,      "usage.argument",      USAGE,       "-", "see --help of the verb") \
X(103, OTA_E_VERB,          "usage.verb",          USAGE,       "-", "`otatool help` lists the verbs") \
X(104, OTA_E_EXISTS,        "usage.exists",        USAGE,       "-", "name another -o, or say --force to replace it") \
X(105, OTA_E_TERMINAL,      "usage.terminal",      USAGE,       "-", "redirect the output, or name a file with -o") \
X(106, OTA_E_KEY_KIND,      "usage.key_kind",      USAGE,       "-", "verification takes the public half (.pub), signing the secret half (.key)") \
X(107, OTA_E_NO_TRUST,      "usage.no_trust",      USAGE,       "-", "name the key that must have signed it: --key PUB") \
X(108, OTA_E_SIGNED,        "usage.signed",        USAGE,       "-", "say --append to add a signature or --replace to drop the old ones") \
X(109, OTA_E_FIELD,         "usage.field",         USAGE,       "-", "`inspect` without --field lists what there is") \
X(110, OTA_E_PASSPHRASE,    "passphrase.missing",  IO,          "-", "use --passphrase-fd N, --passphrase-file F or --passphrase-env NAME") \
X(111, OTA_E_PASSPHRASE_BAD,"passphrase.wrong",    REFUSED,     "-", "the passphrase is wrong, or the key file was altered") \
X(112, OTA_E_TOPIC,         "usage.topic",         USAGE,       "-", "`otatool help` lists verbs and topics") \
X(113, OTA_E_FORM,          "usage.form",          USAGE,       "-", "a package has three forms: whole, head and slice; the message says which one is wanted") \
X(116, OTA_E_OWN_INPUT,     "usage.own_input",     USAGE,       "-", "name another output: what a command reads it never replaces") \
X(117, OTA_E_SECRET_FILE,   "usage.secret_file",   USAGE,       "-", "name another output: no result ever replaces a secret key") \
X(125, OTA_E_PASSPHRASE_UNFIT,"passphrase.unfit",IO,          "-", "give a passphrase of 1 to 1024 bytes, a new one twice the same") \
X(126, OTA_E_STDIN,         "usage.stdin",         USAGE,       "-", "stdin can be read once: name a file for the others") \
X(201, OTA_E_MAGIC,         "malformed.magic",     FORMAT,      "-", "this is not an OTA package; see the message for what it is") \
X(202, OTA_E_CRC,           "malformed.crc",       FORMAT,      "-", "the header is damaged: fetch the package again") \
X(203, OTA_E_HEADER,        "malformed.header",    FORMAT,      "malformed package", "the package was not made by a correct packer") \
X(204, OTA_E_TRUNCATED,     "malformed.truncated", FORMAT,      "partial download", "the end is missing: fetch the package again") \
X(205, OTA_E_TRAILING,      "malformed.trailing",  FORMAT,      "hidden data", "bytes follow the end of the package: remove them or fetch it again") \
X(206, OTA_E_PAD,           "malformed.pad",       FORMAT,      "hidden data", "padding must be zero: fetch the package again") \
X(207, OTA_E_TABLE,         "malformed.table",     FORMAT,      "malformed package", "the chunk tables break a rule of otatool-package(5)") \
X(208, OTA_E_JSON,          "malformed.json",      FORMAT,      "parser confusion", "the document is not strict JSON") \
X(209, OTA_E_CANON,         "malformed.canonical", FORMAT,      "parser confusion", "the document is JSON, but not in the one canonical form") \
X(210, OTA_E_MANIFEST,      "malformed.manifest",  FORMAT,      "malformed package", "the manifest breaks a rule of otatool-manifest(5)") \
X(211, OTA_E_SUMS,          "malformed.sums",      FORMAT,      "malformed package", "manifest, header and tables disagree") \
X(212, OTA_E_RESOURCES,     "malformed.resources", FORMAT,      "endless data", "the manifest promises less memory than applying takes") \
X(213, OTA_E_SIGLINE,       "malformed.sigline",   FORMAT,      "parser confusion", "a signature line breaks the grammar of otatool-package(5)") \
X(214, OTA_E_KEYFILE,       "malformed.key",       FORMAT,      "-", "this is not a key file of otatool") \
X(215, OTA_E_YAML,          "malformed.yaml",      FORMAT,      "-", "the file is not the YAML subset of otatool-manifest(5)") \
X(216, OTA_E_PATCH,         "malformed.patch",     FORMAT,      "malformed package", "the patch is damaged or hostile") \
X(217, OTA_E_CHUNK,         "malformed.chunk",     FORMAT,      "decompression bomb", "a chunk does not decode to the size its table states") \
X(218, OTA_E_TEXT,          "malformed.text",      FORMAT,      "parser confusion", "the text is not valid here") \
X(227, OTA_E_SLICE,         "malformed.slice",     FORMAT,      "malformed package", "the slice breaks a rule of otatool-package(5): cut it again from the package") \
X(230, OTA_E_ROOT,          "malformed.root",      FORMAT,      "parser confusion", "the TUF document breaks a rule of otatool-root(5)") \
X(301, OTA_E_UNSIGNED,      "unsigned",            UNTRUSTED,   "arbitrary software", "sign it: otatool sign PKG -k KEY") \
X(302, OTA_E_THRESHOLD,     "signature.threshold", UNTRUSTED,   "arbitrary software, key theft below the threshold", "too few trusted keys signed it; see --explain") \
X(303, OTA_E_SIG_BAD,       "signature.bad",       UNTRUSTED,   "arbitrary software", "a trusted key is named, but these bytes are not what it signed") \
X(304, OTA_E_SIG_UNKNOWN,   "signature.unknown",   UNTRUSTED,   "arbitrary software", "it is signed by keys that are not trusted here") \
X(305, OTA_E_SIG_SPOILED,   "signature.spoiled",   UNTRUSTED,   "damage or parser confusion", "the signature area is damaged: fetch the package again or sign it anew") \
X(306, OTA_E_TEST_KEY,      "signature.test_key",  UNTRUSTED,   "published key", "a TEST-ONLY key protects nothing; --allow-test-keys is for tests") \
X(307, OTA_E_SCOPE,         "refused.scope",       UNTRUSTED,   "privilege escalation", "the trust policy does not cover this product or component") \
X(308, OTA_E_KEY_WEAK,      "key.weak",            UNTRUSTED,   "weak key", "make a new key: otatool keygen") \
X(309, OTA_E_KEY_MODE,      "key.mode",            REFUSED,     "key theft", "others can read the secret key: chmod 600 it, or say --allow-readable-key") \
X(310, OTA_E_KEY_MISMATCH,  "key.mismatch",        REFUSED,     "key-leaking signature", "the public half in the file is not that of its secret: do not use it") \
X(311, OTA_E_SELF_VERIFY,   "signature.self",      REFUSED,     "faulty signer", "the signer's answer does not verify; nothing was stored") \
X(312, OTA_E_SIGNER,        "signer.failed",       IO,          "-", "the program of -k cmd: reads a text from stdin, writes its signature to stdout, and exits 0") \
X(313, OTA_E_TOKEN,         "token.failed",        IO,          "-", "`p11-kit list-modules` shows the tokens there are; softhsm2-util and pkcs11-tool set them up") \
X(314, OTA_E_TOKEN_KEY,     "token.key",           USAGE,       "-", "`p11tool --list-all` or `pkcs11-tool -O` shows what is on the token; token=, serial=, object= and id= tell keys apart") \
X(320, OTA_E_ROOT_VERSION,  "root.version",        UNTRUSTED,   "freeze, rollback", "roots are followed one by one: name the root that comes next, or all of them with --roots DIR") \
X(321, OTA_E_ROOT_EXT,      "root.extension",      UNTRUSTED,   "privilege escalation", "a root with x-ota is followed only by roots that have it") \
X(322, OTA_E_UNREVOKED,     "root.unrevoked",      UNTRUSTED,   "key theft", "what a root revokes all later ones must revoke too: edit the root before with `trust edit`") \
X(323, OTA_E_ROOT_FLOOR,    "root.floor",          UNTRUSTED,   "rollback, fast-forward", "min_counter may only rise, by at most 64 from one root to the next") \
X(324, OTA_E_REVOKED,       "revoked.package",     UNTRUSTED,   "replay", "the trust revokes this very package: publish another one") \
X(325, OTA_E_REVOKED_KEY,   "revoked.key",         UNTRUSTED,   "key theft", "the keys that signed are revoked: sign it with others") \
X(326, OTA_E_MATRIX,        "trust.matrix",        REFUSED,     "-", "the table says which package stops verifying under which root, and when") \
X(327, OTA_E_SIGN_POLICY,   "refused.sign_policy", REFUSED,     "supply chain", "the package or the key breaks a rule of --policy: mend the manifest and pack again, or sign with another key") \
X(328, OTA_E_UNEXPECTED,    "refused.unexpected",  REFUSED,     "arbitrary software", "what is signed must stand in the list that --expect names, by its digest") \
X(401, OTA_E_VERSION,       "rollback.version",    REFUSED,     "rollback", "the device already runs this version or a newer one") \
X(402, OTA_E_COUNTER,       "rollback.counter",    REFUSED,     "rollback", "the security counter is below the device's floor") \
X(403, OTA_E_STEP,          "rollback.step",       REFUSED,     "fast-forward", "the security counter leaps too far ahead") \
X(404, OTA_E_REQUIRES,      "incompatible.requires",REFUSED,    "-", "install the required version first") \
X(405, OTA_E_PRODUCT,       "incompatible.product",REFUSED,     "wrong device", "this package is for another product") \
X(406, OTA_E_RULE,          "incompatible.rule",   REFUSED,     "wrong device", "the device does not match the package's rules") \
X(407, OTA_E_UNKNOWN_FACT,  "incompatible.unknown_fact",REFUSED,"wrong device", "state the fact in the device file (--device)") \
X(408, OTA_E_COMPONENTS,    "incompatible.components",REFUSED,  "mix and match", "package and device disagree about the components") \
X(409, OTA_E_EXPIRED,       "time.expired",        REFUSED,     "freeze", "the package has expired: publish a new one") \
X(410, OTA_E_RAM,           "resource.ram",        REFUSED,     "endless data", "the device has too little memory for this package") \
X(411, OTA_E_SPACE,         "resource.slot",       REFUSED,     "-", "the image does not fit the slot") \
X(412, OTA_E_FAILED_BEFORE, "refused.failed_before",REFUSED,    "endless trial of a bad update", "this package fell back once; publish a fixed one or say --retry-failed") \
X(413, OTA_E_POLICY,        "refused.policy",      REFUSED,     "privilege escalation", "the device policy does not allow what the package asks for") \
X(414, OTA_E_DEFER,         "deferred.rule",       DEFERRED,    "-", "the device asks to wait; try again later") \
X(415, OTA_E_TRIAL,         "deferred.trial",      DEFERRED,    "-", "the running system is not committed yet: finish that update first") \
X(416, OTA_E_HOOK,          "refused.hook",        REFUSED,     "privilege escalation", "hooks are not allowed on this device") \
X(417, OTA_E_VARIANT,       "incompatible.variant",REFUSED,     "wrong device", "state the facts in the device file (--device); exactly one variant must fit") \
X(425, OTA_E_HEAD,          "resource.head",       REFUSED,     "-", "the head is longer than the device takes: fewer payloads, `signatures: compact`") \
X(501, OTA_E_HASH_CHUNK,    "hash.chunk",          UNTRUSTED,   "man in the middle, damage", "the data is not what was signed: fetch the package again") \
X(502, OTA_E_HASH_TABLE,    "hash.table",          UNTRUSTED,   "man in the middle, damage", "the tables are not what was signed: fetch the package again") \
X(503, OTA_E_HASH_TARGET,   "hash.target",         UNTRUSTED,   "faulty flash or tampering while writing", "what was written is not what was signed; the old system still runs") \
X(504, OTA_E_SOURCE,        "source.mismatch",     REFUSED,     "wrong base", "the delta was made from another image; use a full payload") \
X(505, OTA_E_SOURCE_CHANGED,"source.changed",      REFUSED,     "wrong base", "the source changed while it was read; mount it read-only") \
X(506, OTA_E_NO_PAYLOAD,    "payload.none",        REFUSED,     "-", "no payload of the package fits; --source IMG enables its deltas") \
X(507, OTA_E_HEALTH,        "health.failed",       REFUSED,     "bad update", "the new system failed its check; the old one runs again") \
X(508, OTA_E_BOOTCTL,       "bootctl.corrupt",     IO,          "-", "both boot control copies are bad: recovery") \
X(509, OTA_E_FLASH,         "flash.failed",        IO,          "-", "the flash refused an operation") \
X(510, OTA_E_NO_SLOT,       "boot.no_slot",        REFUSED,     "-", "no slot can be booted: recovery") \
X(511, OTA_E_STATE,         "device.state",        FORMAT,      "-", "the device state is damaged or belongs to another device") \
X(512, OTA_E_HASH_INPUT,    "hash.input",          UNTRUSTED,   "damage", "the file does not have the stated digest") \
X(513, OTA_E_ROLLED_BACK,   "rolled_back",         REFUSED,     "bad update", "the update fell back; the old system runs unchanged") \
X(514, OTA_E_NOT_IN_SLICE,  "payload.not_in_slice",REFUSED,     "-", "the slice was cut for another device: use one cut for this image, or the whole package") \
X(515, OTA_E_NO_LINE,       "signature.no_line",   REFUSED,     "-", "sign the head of this very package, or name the key that signed it") \
X(530, OTA_E_REHEARSAL,     "rehearsal.failed",    REFUSED,     "-", "replay the case that the message names; if the flash model is right, this is a bug in libota: report it") \
X(540, OTA_E_BUDGET,        "rehearsal.budget",    REFUSED,     "-", "the update costs the device more than --budget allows: the message says what makes it less, `pack --device` foretells it") \
X(550, OTA_E_CLIENT_EVENT,  "client.event",        USAGE,       "-", "the agent answered what it was not asked, or did not say why it failed: mend its handlers; `reset` lets it go on") \
X(551, OTA_E_SLOT_CLOSED,   "slot.closed",         REFUSED,     "-", "no system that was committed and may still start is there: install the package again") \
X(552, OTA_E_NO_DEVICE,     "device.none",         FORMAT,      "-", "name a folder that `otatool apply-sim init` made") \
X(553, OTA_E_HANG,          "health.no_answer",    REFUSED,     "bad update", "the watchdog starts it again: boot until its tries run out and the old system runs") \
X(601, OTA_E_VERSION_FMT,   "unsupported.version", UNSUPPORTED, "-", "this needs a newer otatool") \
X(602, OTA_E_FLAGS,         "unsupported.flags",   UNSUPPORTED, "-", "this needs a newer otatool") \
X(603, OTA_E_ALG,           "unsupported.algorithm",UNSUPPORTED,"algorithm confusion", "the algorithm is unknown here or not allowed") \
X(604, OTA_E_CODEC,         "unsupported.codec",   UNSUPPORTED, "-", "this build cannot decode it; see the message for what it is") \
X(605, OTA_E_FEATURE,       "unsupported.feature", UNSUPPORTED, "-", "this otatool does not support that yet") \
X(606, OTA_E_CRITICAL,      "unsupported.critical",UNSUPPORTED, "-", "the manifest names a critical feature this otatool does not know") \
X(607, OTA_E_RECOMPRESS,    "unsupported.recompress",UNSUPPORTED,"-", "this build does not compress as the patch needs it: use another payload") \
X(620, OTA_E_LIMIT,         "limit.size",          LIMIT,       "endless data", "a size is over its limit") \
X(621, OTA_E_LIMIT_COUNT,   "limit.count",         LIMIT,       "endless data", "there are more items than the limit allows") \
X(622, OTA_E_LIMIT_DEPTH,   "limit.depth",         LIMIT,       "stack exhaustion", "the document is nested too deeply") \
X(623, OTA_E_LIMIT_KDF,     "limit.kdf",           LIMIT,       "endless work", "the key file asks for too much memory or time") \
X(701, OTA_E_LINT,          "lint.failed",         REFUSED,     "-", "mend the findings listed") \
X(702, OTA_E_UNKNOWN_KEY,   "lint.unknown_key",    REFUSED,     "-", "a key is misspelt or not part of the format") \
X(703, OTA_E_TYPE,          "lint.type",           REFUSED,     "-", "the value has the wrong form") \
X(704, OTA_E_MISSING,       "lint.missing",        REFUSED,     "-", "a required key is missing") \
X(705, OTA_E_DUPLICATE,     "lint.duplicate",      REFUSED,     "-", "a key or name stands twice") \
X(706, OTA_E_RANGE,         "lint.range",          REFUSED,     "-", "the value is out of range") \
X(707, OTA_E_STEPS,         "lint.steps",          REFUSED,     "-", "the steps break a rule of otatool-manifest(5)") \
X(708, OTA_E_INPUT,         "lint.input",          REFUSED,     "-", "a file that the manifest names cannot be used") \
X(709, OTA_E_DELTA_LARGER,  "lint.delta_larger",   REFUSED,     "-", "the delta is not smaller than the full image and was dropped") \
X(710, OTA_E_COMPONENT,     "lint.component",      REFUSED,     "-", "a step or payload names a component that is not there") \
X(711, OTA_E_NO_FULL,       "lint.no_full",        REFUSED,     "-", "add a full payload or say delta_only: true") \
X(712, OTA_E_DELTA_PROOF,   "pack.delta_proof",    REFUSED,     "-", "a fresh delta did not reproduce its image: report this as a bug") \
X(713, OTA_E_ATTACHMENT,    "lint.attachment",     REFUSED,     "-", "an attachment or hook breaks a rule of otatool-manifest(5)") \
X(719, OTA_E_PREVIOUS,      "lint.previous",       REFUSED,     "-", "the previous package is for another product: name the right one") \
X(720, OTA_E_VERSION_BACK,  "lint.version_back",   REFUSED,     "-", "the version is below the previous package's: raise it, or say allow_downgrade: true") \
X(721, OTA_E_REPEATED,      "lint.repeated",       REFUSED,     "-", "the previous package has this version with other images: raise the version") \
X(722, OTA_E_COUNTER_BACK,  "lint.counter_back",   REFUSED,     "-", "the security counter is below the previous package's: devices would refuse it") \
X(723, OTA_E_SEVERITY,      "lint.severity",       REFUSED,     "-", "a security update raises the security counter, or devices can be led back") \
X(724, OTA_E_STRANDED,      "paths.stranded",      REFUSED,     "-", "these devices cannot take the package: widen requires, add a payload, or leave out of the list what another package updates first") \
X(725, OTA_E_FIELDED,       "lint.fielded",        REFUSED,     "-", "the list of fielded versions breaks a rule of otatool-pack(1)") \
X(726, OTA_E_BOOT_COUNTER,  "lint.boot_counter",   REFUSED,     "-", "a boot document states its package's security counter: make it anew for this one") \
X(727, OTA_E_NO_SBOM,       "sbom.none",           REFUSED,     "-", "attach one: role: sbom in the manifest") \
X(728, OTA_E_NOT_LISTED,    "sbom.not_found",      REFUSED,     "-", "`inspect --sbom` without --find lists what there is") \
X(801, OTA_E_DIFFERS,       "compare.differs",     REFUSED,     "-", "the packages differ in a field that --fail-on names; see the changes") \
X(802, OTA_E_REPRO,         "repro.differs",       REFUSED,     "-", "the findings say what differs and what it comes from; `compare` shows every field")
/* clang-format on */

#endif
