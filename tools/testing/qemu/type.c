// SPDX-License-Identifier: GPL-2.0-or-later
/* How a card_type becomes the QOM types virtio-NAME-pf and virtio-NAME-vf. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "card.h"

static void pf_class_init(ObjectClass *class, void *data)
{
	const struct card_type *type = data;

	card_func_set_type(class, type);
	if (type->pf_class_init)
		type->pf_class_init(class);
}

static void vf_class_init(ObjectClass *class, void *data)
{
	card_func_set_type(class, data);
}

static void register_one(const struct card_type *type, const char *format, const char *parent,
			 size_t size, void (*class_init)(ObjectClass *class, void *data))
{
	g_autofree char *name = g_strdup_printf(format, type->name);
	TypeInfo info = {
		.name = name,
		.parent = parent,
		.instance_size = size,
		.class_init = class_init,
		.class_data = (void *)type,
	};

	type_register_static(&info);	/* copies it */
}

void card_type_register(const struct card_type *type)
{
	register_one(type, "virtio-%s-pf", TYPE_CARD_PF, sizeof(struct card_pf), pf_class_init);
	register_one(type, "virtio-%s-vf", TYPE_CARD_VF, sizeof(struct card_vf), vf_class_init);
}
