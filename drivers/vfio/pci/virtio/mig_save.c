// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a user read a VF's state? From a file with two pieces:
 *
 *	first	identity and parts, at the start of PRE_COPY. The device may still run:
 *		the destination learns early whether it can load the parts
 *	last	parts and end, after the device has stopped
 *
 * Between the two, read() returns -ENOMSG; after the last, 0. Without PRE_COPY there is
 * one piece of identity, parts and end. A piece is immutable and refcounted, so that a
 * reader in a page fault holds no lock that a change of state needs.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "mig_intx.h"
#include "virtiovf.h"

#define SAVE_PIECES	2

struct save_piece {
	struct kref ref;
	u32 len;
	u8 bytes[];
};

/* For building a piece */
struct save_writer {
	struct save_piece *piece;
	u32 records;		/* in the whole stream */
};

struct save_file {
	struct mutex io;	/* serializes readers */
	struct mutex lock;	/* all below; never held across a wait */
	struct save_piece *pieces[SAVE_PIECES];
	unsigned int n_pieces;
	unsigned int at_piece;	/* the read position: piece, and offset in it */
	u32 at;
	u32 records;
	bool final;		/* no piece follows */
	bool ended;		/* the state was left: the pieces are freed */
};

static void piece_free(struct kref *ref)
{
	kvfree(container_of(ref, struct save_piece, ref));
}

static void piece_put(struct save_piece *piece)
{
	kref_put(&piece->ref, piece_free);
}

/* --- contents of a piece --- */

static const u32 identity_len = sizeof(struct virtiovf_mig_header) +
				sizeof(struct virtiovf_mig_identity);
static const u32 line_len = sizeof(struct virtiovf_mig_header) +
			    sizeof(struct virtiovf_mig_intx);
static const u32 end_len = sizeof(struct virtiovf_mig_header) + sizeof(struct virtiovf_mig_end);

/* @record: aligned, unlike those in a piece; room for a header, then @len bytes of payload */
static void add_record(struct save_writer *writer, void *record, u16 type, u16 flags, u32 len)
{
	virtiovf_mig_seal(record, type, flags, len);
	len += sizeof(struct virtiovf_mig_header);
	memcpy(writer->piece->bytes + writer->piece->len, record, len);
	writer->piece->len += len;
	writer->records++;
}

static void add_identity(struct save_writer *writer, struct virtiovf_device *vf)
{
	struct {
		struct virtiovf_mig_header header;
		struct virtiovf_mig_identity identity;
	} record = {
		.identity.version = cpu_to_le16(VIRTIOVF_MIG_VERSION),
		.identity.virtio_id = cpu_to_le16(vf->migration.virtio_id),
		.identity.flags = cpu_to_le32(vf->type ? VIRTIOVF_MIG_TRANSITIONAL : 0),
	};

	add_record(writer, &record, VIRTIOVF_MIG_IDENTITY, 0, sizeof(record.identity));
}

/* Optional if the parts do not contain vectors that have to be replaced */
static void add_line(struct save_writer *writer, const struct virtiovf_intx_saved *line)
{
	struct {
		struct virtiovf_mig_header header;
		struct virtiovf_mig_intx intx;
	} record = {};
	u32 len = virtiovf_mig_intx_encode(line, &record.intx);

	add_record(writer, &record, VIRTIOVF_MIG_INTX, line->vectors ? 0 : VIRTIOVF_MIG_OPTIONAL,
		   len);
}

static void add_end(struct save_writer *writer)
{
	struct {
		struct virtiovf_mig_header header;
		struct virtiovf_mig_end end;
	} record = {
		.end.records = cpu_to_le32(writer->records),
	};

	add_record(writer, &record, VIRTIOVF_MIG_END, 0, sizeof(record.end));
}

/* Read the parts. The first piece starts with the identity, the last ends with the end record. */
static struct save_piece *make_piece(struct virtiovf_device *vf, u32 *records, bool final)
{
	struct save_writer writer = { .records = *records };
	struct virtiovf_mig_bytes parts;
	struct virtiovf_intx_saved line;
	int ret, has_line;
	u32 len;

	has_line = virtiovf_intx_save(vf, &line);
	if (has_line < 0)
		return ERR_PTR(has_line);
	ret = virtiovf_mig_parts_get(vf, &parts);
	if (ret)
		return ERR_PTR(ret);
	virtiovf_interpose_hide(vf, &parts);
	len = virtiovf_mig_save_size(parts.len);
	writer.piece = kvzalloc(struct_size(writer.piece, bytes, len), GFP_KERNEL_ACCOUNT);
	if (writer.piece) {
		kref_init(&writer.piece->ref);
		if (!writer.records)
			add_identity(&writer, vf);
		add_record(&writer, parts.bytes, VIRTIOVF_MIG_PARTS, 0, parts.len);
		if (has_line)
			add_line(&writer, &line);
		if (final)
			add_end(&writer);
		*records = writer.records;
	}
	virtiovf_mig_bytes_free(&parts);
	return writer.piece ?: ERR_PTR(-ENOMEM);
}

/* --- the file --- */

/*
 * Return: number of bytes left in *@piece, from *@at, with a reference to the piece; 0 at
 * the end; -ENOMSG if the next piece is not there yet; -ENODEV if the state was left
 */
static ssize_t next_bytes(struct save_file *save, struct save_piece **piece, u32 *at)
{
	ssize_t ret;

	mutex_lock(&save->lock);
	if (save->ended) {
		ret = -ENODEV;
	} else if (save->at_piece == save->n_pieces) {
		ret = save->final ? 0 : -ENOMSG;
	} else {
		*piece = save->pieces[save->at_piece];
		*at = save->at;
		kref_get(&(*piece)->ref);
		ret = (*piece)->len - *at;
	}
	mutex_unlock(&save->lock);
	return ret;
}

static void have_read(struct save_file *save, u32 len)
{
	mutex_lock(&save->lock);
	if (!save->ended) {
		save->at += len;
		if (save->at == save->pieces[save->at_piece]->len) {
			save->at_piece++;
			save->at = 0;
		}
	}
	mutex_unlock(&save->lock);
}

static ssize_t read_some(struct save_file *save, char __user *buf, size_t count)
{
	struct save_piece *piece;
	ssize_t len;
	u32 at;

	len = next_bytes(save, &piece, &at);
	if (len <= 0)
		return len;
	len = min_t(size_t, len, count);
	len -= copy_to_user(buf, piece->bytes + at, len);
	piece_put(piece);
	have_read(save, len);
	return len ?: -EFAULT;
}

static ssize_t save_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct save_file *save = file->private_data;
	ssize_t done = 0, ret = 0;

	if (mutex_lock_killable(&save->io))
		return -EINTR;
	while (done < count) {
		ret = read_some(save, buf + done, count - done);
		if (ret <= 0)
			break;
		done += ret;
	}
	mutex_unlock(&save->io);
	return done ?: ret;
}

/* Nothing is reported as dirty: the last piece has all parts again */
static int precopy_info(struct save_file *save, struct vfio_precopy_info *info)
{
	int ret = 0;

	info->flags = 0;
	info->dirty_bytes = 0;
	info->initial_bytes = 0;
	mutex_lock(&save->lock);
	if (save->ended || save->final)
		ret = -EINVAL;
	else if (!save->at_piece)
		info->initial_bytes = save->pieces[0]->len - save->at;
	mutex_unlock(&save->lock);
	return ret;
}

static long save_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const size_t len = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vfio_precopy_info info;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, len))
		return -EFAULT;
	if (info.argsz < len)
		return -EINVAL;
	ret = precopy_info(file->private_data, &info);
	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &info, len) ? -EFAULT : 0;
}

void virtiovf_mig_save_end(struct file *file)
{
	struct save_file *save = file->private_data;

	mutex_lock(&save->lock);
	save->ended = true;
	while (save->n_pieces)
		piece_put(save->pieces[--save->n_pieces]);
	mutex_unlock(&save->lock);
}

static int save_release(struct inode *inode, struct file *file)
{
	virtiovf_mig_save_end(file);
	kfree(file->private_data);
	return 0;
}

static const struct file_operations save_fops = {
	.owner = THIS_MODULE,
	.read = save_read,
	.unlocked_ioctl = save_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = save_release,
};

static int add_piece(struct virtiovf_device *vf, struct save_file *save, bool final)
{
	struct save_piece *piece = make_piece(vf, &save->records, final);

	if (IS_ERR(piece))
		return PTR_ERR(piece);
	mutex_lock(&save->lock);
	save->pieces[save->n_pieces++] = piece;
	save->final = final;
	mutex_unlock(&save->lock);
	return 0;
}

/* Open a file with the first piece; @whole: the device has stopped, so it is the last as well */
struct file *virtiovf_mig_save_begin(struct virtiovf_device *vf, bool whole)
{
	struct save_file *save = kzalloc(sizeof(*save), GFP_KERNEL_ACCOUNT);
	struct file *file;
	int ret;

	if (!save)
		return ERR_PTR(-ENOMEM);
	mutex_init(&save->io);
	mutex_init(&save->lock);
	file = anon_inode_getfile("virtio-vfio-save", &save_fops, save, O_RDONLY);
	if (IS_ERR(file)) {
		kfree(save);
		return file;
	}
	stream_open(file->f_inode, file);
	ret = add_piece(vf, save, whole);
	if (ret) {
		fput(file);
		return ERR_PTR(ret);
	}
	return file;
}

/* The device has stopped: add the last piece */
int virtiovf_mig_save_final(struct virtiovf_device *vf, struct file *file)
{
	return add_piece(vf, file->private_data, true);
}

/* The length of a stream of one piece with @parts bytes of parts */
u32 virtiovf_mig_save_size(u32 parts)
{
	return identity_len + sizeof(struct virtiovf_mig_header) + parts + line_len + end_len;
}
