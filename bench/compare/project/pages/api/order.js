export default function handler(req, res) {
  res.status(201).json({ id: req.body.id, items: req.body.items.length })
}
