/* SPDX-License-Identifier: MIT */
/* What lies in the part: the image that runs, and the patch. OLD and PATCH are file names. */
	.section .part, "a"
	.global old_start, old_end, patch_start, patch_end
old_start:
	.incbin OLD
old_end:
patch_start:
	.incbin PATCH
patch_end:
