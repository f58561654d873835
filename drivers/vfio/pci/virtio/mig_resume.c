// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a user load the state of another VF? It writes the stream to a file, in
 * pieces of any size. A record is checked when it is complete; the device gets nothing
 * until the user ends the stream (RESUMING to STOP), and then all of it or nothing.
 *
 * Two records are kept at most, the one that is being received and the last one with
 * parts. Their memory is charged to the user.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "mig_intx.h"
#include "mig_parts.h"
#include "virtiovf.h"

/* Copied from the user in pieces of this, so that a page fault blocks other writers only */
#define RESUME_COPY	SZ_4K

struct resume_file {
	struct mutex io;	/* serializes writers */
	u8 *copy;		/* under io */
	struct mutex lock;	/* all below; held across allocations, no other wait */
	struct virtiovf_mig_decoder decoder;
	struct virtiovf_mig_bytes record;	/* being received */
	struct virtiovf_mig_bytes parts;	/* of the last complete record with parts */
	struct virtiovf_mig_bytes own;		/* of this device */
	struct virtiovf_intx_saved line;	/* received after @parts */
	bool ended;
	/* constant */
	struct pci_dev *pdev;	/* counted; for the log */
	u16 virtio_id;
	bool transitional;
	bool pin;
	bool modern;		/* a modern driver's registers are trapped */
};

/* The stream cannot be continued */
static int refuse(struct resume_file *resume, int error, const char *reason)
{
	resume->decoder.error = error;
	resume->decoder.reason = reason;
	return error;
}

static void say_why(struct resume_file *resume)
{
	dev_warn_ratelimited(&resume->pdev->dev, "migration: stream refused: %s (%d)\n",
			     resume->decoder.reason ?: "unknown reason", resume->decoder.error);
}

/* --- records --- */

static int take_identity(struct resume_file *resume, const void *payload)
{
	const struct virtiovf_mig_identity *identity = payload;
	u32 flags = le32_to_cpu(identity->flags);

	if (le16_to_cpu(identity->virtio_id) != resume->virtio_id)
		return refuse(resume, -EINVAL, "state of another type of device");
	if (flags & ~VIRTIOVF_MIG_TRANSITIONAL)
		return refuse(resume, -EPROTONOSUPPORT, "identity of a newer version");
	if (!!(flags & VIRTIOVF_MIG_TRANSITIONAL) != resume->transitional)
		return refuse(resume, -EINVAL, resume->transitional ?
			      "state of a device without the legacy interface" :
			      "state of a device with the legacy interface");
	return 0;
}

static struct virtiovf_mig_parts parts_of(const struct virtiovf_mig_bytes *bytes)
{
	return (struct virtiovf_mig_parts) {
		.bytes = bytes->bytes + VIRTIOVF_MIG_ROOM,
		.len = bytes->len,
	};
}

/* They replace those of an earlier record */
static int take_parts(struct resume_file *resume)
{
	struct virtiovf_mig_parts parts = parts_of(&resume->record), own = parts_of(&resume->own);
	const char *reason = NULL;
	int ret = virtiovf_mig_parts_check(&parts, &own, &reason);

	if (ret)
		return refuse(resume, ret, reason);
	swap(resume->parts, resume->record);
	memset(&resume->line, 0, sizeof(resume->line));
	return 0;
}

static int take_line(struct resume_file *resume)
{
	const char *reason;
	int ret;

	if (!resume->pin)
		return refuse(resume, -EINVAL, "state of a device with an interrupt line");
	ret = virtiovf_mig_intx_decode((void *)resume->decoder.payload, resume->record.len,
				       &resume->line, &reason);
	if (ret)
		return refuse(resume, ret, reason);
	if (!resume->line.setup.modern || resume->modern)
		return 0;
	if (resume->line.vectors)
		return refuse(resume, -EINVAL,
			      "interrupt line of a modern driver, whose registers are not trapped here");
	/* nothing waits for that line */
	memset(&resume->line, 0, sizeof(resume->line));
	return 0;
}

static int take_record(struct resume_file *resume)
{
	int ret = 0;

	switch (virtiovf_mig_type(&resume->decoder)) {
	case VIRTIOVF_MIG_IDENTITY:
		ret = take_identity(resume, resume->decoder.payload);
		break;
	case VIRTIOVF_MIG_PARTS:
		ret = take_parts(resume);
		break;
	case VIRTIOVF_MIG_INTX:
		ret = take_line(resume);
		break;
	}
	virtiovf_mig_bytes_free(&resume->record);
	virtiovf_mig_next_record(&resume->decoder);
	return ret;
}

/* --- bytes --- */

static int make_room(struct resume_file *resume)
{
	int ret = virtiovf_mig_bytes_alloc(&resume->record, virtiovf_mig_length(&resume->decoder));

	if (!ret)
		virtiovf_mig_room(&resume->decoder, resume->record.bytes + VIRTIOVF_MIG_ROOM);
	return ret;
}

/* There is a header but no payload buffer: its allocation failed in the last write */
static bool wants_room(const struct virtiovf_mig_decoder *decoder)
{
	return decoder->have == sizeof(decoder->header) && !decoder->payload;
}

/* Return: how many of @len bytes were consumed, or an error */
static int take_some(struct resume_file *resume, const u8 *bytes, u32 len)
{
	struct virtiovf_mig_decoder *decoder = &resume->decoder;
	int ret;
	u8 *at;

	if (decoder->error)
		return decoder->error;
	if (decoder->ended)
		return refuse(resume, -EBADMSG, "data after the end record");
	if (wants_room(decoder)) {
		ret = make_room(resume);
		if (ret)
			return ret;
	}
	len = min(len, virtiovf_mig_want(decoder, &at));
	memcpy(at, bytes, len);
	ret = virtiovf_mig_took(decoder, len);
	if (ret == VIRTIOVF_MIG_RECORD)
		ret = take_record(resume);
	return ret < 0 ? ret : len;
}

static int take_bytes(struct resume_file *resume, const u8 *bytes, u32 len)
{
	u32 done = 0;
	int ret = 0;

	mutex_lock(&resume->lock);
	if (resume->ended)
		ret = -ENODEV;
	while (!ret && done < len) {
		ret = take_some(resume, bytes + done, len - done);
		if (ret > 0) {
			done += ret;
			ret = 0;
		}
	}
	if (ret && ret == resume->decoder.error)
		say_why(resume);
	mutex_unlock(&resume->lock);
	/* what was consumed before an allocation failed must not be written again */
	return ret == -ENOMEM && done ? done : ret ?: done;
}

/* --- the file --- */

static ssize_t resume_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct resume_file *resume = file->private_data;
	ssize_t done = 0;
	int ret = 0;

	if (mutex_lock_killable(&resume->io))
		return -EINTR;
	while (done < count && ret >= 0) {
		u32 len = min_t(size_t, count - done, RESUME_COPY);

		len -= copy_from_user(resume->copy, buf + done, len);
		ret = len ? take_bytes(resume, resume->copy, len) : -EFAULT;
		if (ret > 0)
			done += ret;
		/* the write that contains the bad record fails, even after a good one */
		if (ret < 0 && (!done || (ret != -EFAULT && ret != -ENOMEM)))
			done = ret;
		if (ret < 0)
			break;
	}
	mutex_unlock(&resume->io);
	return done;
}

void virtiovf_mig_resume_end(struct file *file)
{
	struct resume_file *resume = file->private_data;

	mutex_lock(&resume->lock);
	resume->ended = true;
	virtiovf_mig_bytes_free(&resume->record);
	virtiovf_mig_bytes_free(&resume->parts);
	virtiovf_mig_bytes_free(&resume->own);
	mutex_unlock(&resume->lock);
}

static void resume_free(struct resume_file *resume)
{
	virtiovf_mig_bytes_free(&resume->record);
	virtiovf_mig_bytes_free(&resume->parts);
	virtiovf_mig_bytes_free(&resume->own);
	pci_dev_put(resume->pdev);
	kfree(resume->copy);
	kfree(resume);
}

static int resume_release(struct inode *inode, struct file *file)
{
	resume_free(file->private_data);
	return 0;
}

static const struct file_operations resume_fops = {
	.owner = THIS_MODULE,
	.write = resume_write,
	.release = resume_release,
};

static struct resume_file *resume_alloc(struct virtiovf_device *vf)
{
	struct resume_file *resume = kzalloc(sizeof(*resume), GFP_KERNEL_ACCOUNT);

	if (!resume)
		return NULL;
	mutex_init(&resume->io);
	mutex_init(&resume->lock);
	virtiovf_mig_decode(&resume->decoder);
	resume->pdev = pci_dev_get(vf->core.pdev);
	resume->virtio_id = vf->migration.virtio_id;
	resume->transitional = vf->type;
	resume->pin = vf->type && vf->intx.pin;
	resume->modern = virtiovf_modern_used(vf);
	resume->copy = kmalloc(RESUME_COPY, GFP_KERNEL_ACCOUNT);
	if (resume->copy)
		return resume;
	resume_free(resume);
	return NULL;
}

struct file *virtiovf_mig_resume_begin(struct virtiovf_device *vf)
{
	struct resume_file *resume = resume_alloc(vf);
	struct file *file;
	int ret;

	if (!resume)
		return ERR_PTR(-ENOMEM);
	ret = virtiovf_mig_parts_get(vf, &resume->own);
	if (ret) {
		resume_free(resume);
		return ERR_PTR(ret);
	}
	file = anon_inode_getfile("virtio-vfio-resume", &resume_fops, resume, O_WRONLY);
	if (IS_ERR(file)) {
		resume_free(resume);
		return file;
	}
	stream_open(file->f_inode, file);
	return file;
}

/* Return: 0 with @parts, moved out of the file, and @line; or the error of the stream */
static int take_all(struct resume_file *resume, struct virtiovf_mig_bytes *parts,
		    struct virtiovf_intx_saved *line)
{
	int ret;

	mutex_lock(&resume->lock);
	ret = virtiovf_mig_complete(&resume->decoder);
	if (!ret && !resume->parts.bytes)
		ret = refuse(resume, -EBADMSG, "stream without parts");
	if (ret) {
		say_why(resume);
	} else {
		swap(*parts, resume->parts);
		*line = resume->line;
	}
	mutex_unlock(&resume->lock);
	return ret;
}

/* The stream has ended: set the device's parts, all or none */
int virtiovf_mig_resume_finish(struct virtiovf_device *vf, struct file *file)
{
	struct resume_file *resume = file->private_data;
	struct virtiovf_mig_bytes parts = {};
	struct virtiovf_intx_saved line;
	int ret = take_all(resume, &parts, &line);

	if (ret)
		return ret;
	ret = virtiovf_interpose_drop(vf) ?: virtiovf_mig_parts_set(vf, &parts) ?:
	      virtiovf_intx_restore(vf, &line);
	if (ret) {
		dev_warn_ratelimited(&vf->core.pdev->dev, "migration: the device refused the state: %d\n",
				     ret);
		/* keep the parts: the user may retry */
		mutex_lock(&resume->lock);
		swap(resume->parts, parts);
		mutex_unlock(&resume->lock);
	}
	virtiovf_mig_bytes_free(&parts);
	return ret;
}
