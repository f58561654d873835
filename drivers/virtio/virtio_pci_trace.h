/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the administration queue: virtio_pci:virtio_pci_admin_submit and
 * virtio_pci:virtio_pci_admin_complete.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virtio_pci

#if !defined(DRIVERS_VIRTIO_VIRTIO_PCI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DRIVERS_VIRTIO_VIRTIO_PCI_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(virtio_pci_admin,
		    TP_PROTO(struct pci_dev *pdev, u16 group, u16 opcode, u64 member),
		    TP_ARGS(pdev, group, opcode, member),
		    TP_STRUCT__entry(__field(u64, member)
				     __field(int, domain)
				     __field(u16, bdf)
				     __field(u16, group)
				     __field(u16, opcode)
		    ),
		    TP_fast_assign(__entry->domain = pci_domain_nr(pdev->bus);
				   __entry->bdf = pci_dev_id(pdev);
				   __entry->group = group;
				   __entry->opcode = opcode;
				   __entry->member = member;
		    ),
		    TP_printk("device=%04x:%02x:%02x.%x group=%u opcode=%u member=%llu",
			      __entry->domain, PCI_BUS_NUM(__entry->bdf),
			      PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
			      __entry->group, __entry->opcode, __entry->member)
);

/* The command is about to be submitted; it may have to wait for a slot first */
DEFINE_EVENT(virtio_pci_admin, virtio_pci_admin_submit,
	     TP_PROTO(struct pci_dev *pdev, u16 group, u16 opcode, u64 member),
	     TP_ARGS(pdev, group, opcode, member)
);

/*
 * The command has ended with ret. Latency, status, qualifier and result length are
 * those of the device's answer, or 0 without one.
 */
TRACE_EVENT(virtio_pci_admin_complete,
	    TP_PROTO(struct pci_dev *pdev, u16 group, u16 opcode, u64 member, int ret,
		     u64 latency_ns, u16 status, u16 qualifier, u32 result_len),
	    TP_ARGS(pdev, group, opcode, member, ret, latency_ns, status, qualifier, result_len),
	    TP_STRUCT__entry(__field(u64, member)
			     __field(u64, latency_ns)
			     __field(int, domain)
			     __field(int, ret)
			     __field(u32, result_len)
			     __field(u16, bdf)
			     __field(u16, group)
			     __field(u16, opcode)
			     __field(u16, status)
			     __field(u16, qualifier)
	    ),
	    TP_fast_assign(__entry->domain = pci_domain_nr(pdev->bus);
			   __entry->bdf = pci_dev_id(pdev);
			   __entry->group = group;
			   __entry->opcode = opcode;
			   __entry->member = member;
			   __entry->ret = ret;
			   __entry->latency_ns = latency_ns;
			   __entry->status = status;
			   __entry->qualifier = qualifier;
			   __entry->result_len = result_len;
	    ),
	    TP_printk("device=%04x:%02x:%02x.%x group=%u opcode=%u member=%llu ret=%d latency_ns=%llu status=%u qualifier=%u result_len=%u",
		      __entry->domain, PCI_BUS_NUM(__entry->bdf), PCI_SLOT(__entry->bdf),
		      PCI_FUNC(__entry->bdf), __entry->group, __entry->opcode,
		      __entry->member, __entry->ret, __entry->latency_ns, __entry->status,
		      __entry->qualifier, __entry->result_len)
);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE virtio_pci_trace
#include <trace/define_trace.h>
